"""What an evaluation will do: who is asked, which questions, under which contract. Nothing is loaded yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.asks import POLICY, Role
from mmreason.cli.checkpoints import find_checkpoint, label, longest_answer, split_adapter
from mmreason.cli.eval import DRAWN, suite_named
from mmreason.cli.reading import reader_for, text_records
from mmreason.cli.suggest import CommandError, unknown
from mmreason.data.formats import FormatTasks
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.sources import TaskSpec
from mmreason.data.transit import TransitMaps
from mmreason.evaluation import contract as contracts
from mmreason.evaluation.adapting import Adapted, adapted, suite_for
from mmreason.evaluation.contract import Contract
from mmreason.evaluation.controls import First, controlled
from mmreason.evaluation.kept import weights_of
from mmreason.evaluation.scoring import Job, Way
from mmreason.evaluation.suite import Drawn, Suite, find
from mmreason.judges.local import LocalJudge
from mmreason.judges.server import OpenAIServer
from mmreason.models.loading import load_config, where
from mmreason.models.specs import Policy
from mmreason.slots import ModelSpec

if TYPE_CHECKING:
    from mmreason.cli.eval import EvalOptions

OVERRIDES = ("limit", "min_pixels", "max_pixels")
"""Options that a contract decides where they are not given."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One checkpoint on one suite."""

    name: str
    """Of the checkpoint, in tables and folders."""
    suite: str
    data: str
    """What is asked, in words."""
    job: Job
    home: Path
    settings: dict[str, Any]
    """All that answers depend on besides the questions."""
    counts: dict[str, int]
    """Questions by exam."""
    contract: str
    """What the contract has decided, in words."""
    warnings: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    """Questions that a control cannot ask."""


def plans(options: EvalOptions) -> Iterator[Plan]:
    """Plan each checkpoint, then the server.

    Raises:
        MMReasonError: a word is unknown, or a checkpoint or the data cannot be read.
    """
    several = len(options.checkpoint) + bool(options.server) > 1
    for given in options.checkpoint:
        found = find_checkpoint(given)
        model, lora, adapter = split_adapter(found)
        load_config(model)
        known = None if options.no_contract else contracts.read(where(str(adapter or model)))
        policy = Policy(
            model=model,
            dtype=options.dtype,
            device=options.device,
            lora=lora,
            min_pixels=options.min_pixels or (known.min_pixels if known else None),
            max_pixels=options.max_pixels or (known.max_pixels if known else None),
        )
        limit = options.limit or (known.limit if known else None) or longest_answer(model)
        told: dict[str, Any] = {"weights": weights_of(where(str(adapter or model))), "dtype": options.dtype}
        told |= {"min_pixels": policy.min_pixels, "max_pixels": policy.max_pixels}
        yield plan(options, label(given, found), policy, adapter, known, limit, told, several)
    if options.server and options.model:
        server = OpenAIServer(
            url=options.server, model=options.model, role=POLICY, cache="replies", key_env=options.key_env
        )
        told = {"server": server.base, "model": server.model}
        yield plan(options, Path(options.model).name, server, None, None, options.limit, told, several)


def plan(
    options: EvalOptions,
    name: str,
    policy: ModelSpec,
    adapter: Path | None,
    known: Contract | None,
    limit: int | None,
    told: dict[str, Any],
    several: bool,
) -> Plan:
    """Put suite, questions and contract together."""
    suite_name = chosen(options, known)
    base = find(suite_name)
    suite = base.world if options.data is None and base.world is not None else base
    tasks = questions(options, suite)
    met = adapted(suite, tasks, known) if known is not None else Adapted(suite, tasks)
    suite, tasks = met.suite, met.tasks if options.max_tasks is None else First(met.tasks, options.max_tasks)
    way = Way(
        num=options.num,
        temperature=options.temperature,
        top_p=options.top_p,
        limit=limit or suite.limit,
        seed=options.seed,
    )
    judge = judge_of(options, suite)
    job = Job(
        suite=suite,
        tasks=tasks,
        models=((POLICY, policy), *judge),
        way=way,
        controls=tuple(dict.fromkeys(options.control)),
        adapter=adapter,
    )
    folder = "-".join(filter(None, (name, Path(options.data).stem if options.data else suite_name, options.world)))
    home = (options.out / folder if several else options.out) if options.out else Path("runs") / "eval" / folder
    settings = {
        "suite": suite_name,
        **told,
        **{k: getattr(way, k) for k in ("num", "temperature", "top_p", "limit", "seed")},
    }
    counts, left_out = counted(job, home)
    return Plan(
        name=name,
        suite=suite_name,
        data=options.data or (f"a drawn world: {options.world}" if options.world else "a drawn world"),
        job=job,
        home=home,
        settings=settings,
        counts=counts,
        contract=said_of(known, met, options, "server" in told),
        warnings=(*met.warnings, *overridden(options, known)),
        left_out=left_out,
    )


def chosen(options: EvalOptions, known: Contract | None) -> str:
    """The suite that is asked for, that the data look like, or that the checkpoint was trained for.

    Raises:
        CommandError: none of these tells.
    """
    if options.suite is not None:
        return suite_named(options.suite)
    if options.data is not None:
        reads = None if options.data == DRAWN else reader_for(options.data, options.question)
        return "reasonmap" if reads is None or isinstance(reads, ReasonMapRecords) else "short_answers"
    found = suite_for(known) if known is not None else None
    if found is None:
        raise CommandError(
            "--suite NAME or --data FILE is required: the checkpoint does not say what it was trained for; "
            "mmreason eval --suites lists the suites"
        )
    return found


def questions(options: EvalOptions, suite: Suite) -> TaskSpec:
    """The suite's questions: from a file or folder, or of a drawn world.

    Raises:
        CommandError: the data are not there.
    """
    if options.data == DRAWN:
        return TransitMaps(options.maps, options.seed, options.level, "test")
    if options.data is None:
        return world_of(options, suite)(options.draw or suite.num, options.seed)
    if not Path(options.data).exists():
        raise CommandError(f"--data: {options.data}: this data file does not exist")
    if options.suite is None:
        return reader_for(options.data, options.question)
    spec = suite.read(options.data, options.on_bad_record)
    if isinstance(spec, ReasonMapRecords):
        return replace(spec, question=options.question)
    if isinstance(spec, FormatTasks):  # text alone has readers of its own
        return text_records(options.data) or spec
    return spec


def world_of(options: EvalOptions, suite: Suite) -> Drawn:
    """Which world is drawn.

    Raises:
        CommandError: the suite has no world of that name.
    """
    known = dict(suite.others)
    if options.world is not None and options.world not in known:
        raise CommandError(f"--world: {unknown('world', options.world, known)}")
    return suite.drawn if options.world is None else known[options.world]


def judge_of(options: EvalOptions, suite: Suite) -> tuple[tuple[Role, ModelSpec], ...]:
    """Who judges or listens.

    Raises:
        CommandError: the suite asks nobody.
    """
    if options.judge is None:
        return ()
    if suite.judge is None:
        raise CommandError("--judge: this suite asks no judge and no listener; all it measures is measured by rule")
    if options.judge_server is not None:
        return ((suite.judge, OpenAIServer(url=options.judge_server, model=options.judge, role=suite.judge)),)
    model = find_checkpoint(options.judge)
    load_config(model)
    return ((suite.judge, LocalJudge(Policy(model=model, device=options.device), role=suite.judge)),)


def counted(job: Job, home: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Read the questions of every exam, and count them; and those that a control leaves out."""
    num = len(job.tasks.load_tasks(home)[0])
    counts, left_out = {}, {}
    for stage, control in job.exams():
        mine = len(controlled(job.tasks, control, job.way.seed).load_tasks(home)[0]) if control else num
        counts[stage.name] = mine
        if mine < num:
            left_out[stage.name] = num - mine
    return counts, left_out


def said_of(known: Contract | None, met: Adapted, options: EvalOptions, served: bool) -> str:
    """Say what the contract has decided."""
    if served:
        return "none: a server's model is asked by the suite's own settings"
    if known is None:
        why = "left aside (--no-contract)" if options.no_contract else "none beside the weights"
        return f"{why}: the suite's own prompt and reading of answers"
    decided = [name for name in OVERRIDES if getattr(known, name) is not None and getattr(options, name) is None]
    told = [*met.follows, *(f"{name.replace('_', ' ')} {getattr(known, name)}" for name in decided)]
    return f"of {known.recipe} ({contracts.FILE}): {', '.join(told) or 'nothing that differs from the suite'}"


def overridden(options: EvalOptions, known: Contract | None) -> tuple[str, ...]:
    """One line for each option that goes against the contract."""
    if known is None:
        return ()
    pairs = [(name, getattr(options, name), getattr(known, name)) for name in OVERRIDES]
    return tuple(
        f"--{name.replace('_', '-')} {given} overrides the {told} that the checkpoint was trained with "
        f"({contracts.FILE})"
        for name, given, told in pairs
        if given is not None and told is not None and given != told
    )
