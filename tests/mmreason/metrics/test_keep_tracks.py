from __future__ import annotations

from mmreason.metrics.keep_tracks import KeepTracks
from mmreason.probes.token_entropies import TokenEntropies
from mmreason.probes.token_logprobs import Sampled
from mmreason.signals import needs
from mmreason.types import Batch
from tests.mmreason.fakes import comp, group, settled


def test_its_signals_are_measured_and_nothing_is_logged() -> None:
    keeps = KeepTracks((Sampled(),))
    batch = settled([group(comp([1], [-0.5]))], keeps)
    assert batch.groups[0][Sampled()][0].tolist() == [-0.5]
    assert keeps(batch) == {}
    assert keeps(Batch(())) == {}


def test_the_engine_finds_what_it_holds() -> None:
    assert needs(KeepTracks((TokenEntropies(), Sampled()))) == [TokenEntropies(), Sampled()]
