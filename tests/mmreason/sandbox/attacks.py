"""Programs that try to get out, to stay, to hang or to break what runs them. What must not happen prints ESCAPED.

``$PARENT`` is the process that tests, ``$SECRET`` a file only it may read, ``$HOST`` a folder only it may write,
``$SOCKET`` and ``$ABSTRACT`` listen on this machine, ``$REPOSITORY`` is where this file is.
"""

from __future__ import annotations

from dataclasses import replace

from tests.mmreason.sandbox.attack import OVER, Attack, connect, syscall
from tests.mmreason.sandbox.attacks_on_resources import FILES, MEMORY, OUTPUT, READS, TIME

NETWORK = {
    "loopback": connect("AF_INET", "SOCK_STREAM", "('127.0.0.1', 22)"),
    "internet": connect("AF_INET", "SOCK_STREAM", "('1.1.1.1', 53)"),
    "datagram": connect("AF_INET", "SOCK_DGRAM", "('8.8.8.8', 53)"),
    "sixth version": connect("AF_INET6", "SOCK_STREAM", "('::1', 22)"),
    "socket file": connect("AF_UNIX", "SOCK_STREAM", "'$SOCKET'"),
    "abstract socket": connect("AF_UNIX", "SOCK_STREAM", "'\\0$ABSTRACT'"),
    "netlink": connect("AF_NETLINK", "SOCK_RAW", "(0, 0)"),
    "raw": connect("AF_PACKET", "SOCK_RAW", "('lo', 0)"),
    "pair": Attack("import socket\nsocket.socketpair()\nprint('ESCAPED')"),
    "download": Attack("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1/')\nprint('ESCAPED')"),
    "name": Attack("import socket\nsocket.getaddrinfo('localhost', 80)\nprint('ESCAPED')", ("failed", "ok")),
    "ring": syscall(425, 425, 8, b"\0" * 120),
}
PROCESSES = {
    "fork": Attack("import os\nos.fork()\nprint('ESCAPED')"),
    "fork bomb": Attack("import os\nwhile True: os.fork()"),
    "fork bomb where some may start": Attack(
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", ("time", "killed"), processes=8
    ),
    "daemon": Attack(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(10**6)\n"
        "    os._exit(0)\nos.wait()",
        ("ok",),
        processes=8,
    ),
    "children that ignore signals": Attack(
        "import os, signal, time\nfor s in set(signal.Signals) - {9, 19}: signal.signal(s, signal.SIG_IGN)\n"
        "for _ in range(3):\n    if os.fork() == 0: time.sleep(10**6)",
        ("ok",),
        processes=8,
    ),
    "parents that keep dying": Attack(
        "import os\nfor _ in range(300):\n    if os.fork(): os._exit(0)", ("ok", "failed"), processes=8
    ),
    "zombies": Attack("import os\nwhile True:\n    if os.fork() == 0: os._exit(0)", ("failed",), processes=8),
    "output held by a child": Attack(
        "import os, time\nif os.fork() == 0:\n    while True: print('x', flush=True)\n", ("ok", "output"), processes=8
    ),
    "memory of many": Attack(
        "import os\nfor _ in range(3): os.fork()\na = []\nwhile True: a.append(bytes(10**6))", OVER, processes=8
    ),
    "shell": Attack("import os\nprint('ESCAPED' if os.system('true') == 0 else '')\nraise SystemExit(1)"),
    "shell where some may start": Attack("import os\nos.execv('/bin/sh', ['sh'])\nprint('ESCAPED')", processes=8),
    "subprocess": Attack("import subprocess\nprint('ESCAPED', subprocess.run(['ls', '/']))"),
    "subprocess of Python": Attack("import subprocess, sys\nprint('ESCAPED', subprocess.run([sys.executable]))"),
    "spawn": Attack("import os\nos.posix_spawn('/bin/sh', ['sh'], {})\nprint('ESCAPED')"),
    "exec": Attack("import os, sys\nos.execv(sys.executable, [sys.executable])"),
    "loader": Attack("import os\nos.execv('/lib64/ld-linux-x86-64.so.2', ['ld', '/usr/bin/ls'])"),
    "multiprocessing": Attack("import multiprocessing\nmultiprocessing.Pool(2)\nprint('ESCAPED')"),
    "pickle": Attack(
        "import pickle, os\npickle.loads(b'cposix\\nexecv\\n(S\"/bin/sh\"\\n(lS\"sh\"\\natR.')\nprint('ESCAPED')"
    ),
    "vfork": syscall(58, 220, 0x4111),
    "clone": syscall(56, 220, 17, 0, 0, 0, 0),
    "clone3": syscall(435, 435, b"\0" * 32 + b"\x11" + b"\0" * 55, 88),
    "threads": Attack(
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()",
        ("failed", "time"),
    ),
    "small threads": Attack(
        "import threading, time\nthreading.stack_size(32768)\n"
        "while True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        ("failed", "time", "memory"),
    ),
}
SIGNALS = {
    "parent": Attack("import os\nos.kill(os.getppid(), 9)\nraise SystemExit(1)"),
    "trainer": Attack("import os\nos.kill($PARENT, 10)\nprint('ESCAPED')"),
    "everybody": Attack("import os\nos.kill(-1, 10)\nraise SystemExit(1)"),
    "process 1": Attack("import os\nos.kill(1, 9)\nraise SystemExit(1)"),
    "group of the trainer": Attack("import os\nos.killpg(os.getpgid($PARENT), 10)\nprint('ESCAPED')"),
    "own group": Attack("import os\nos.kill(0, 9)", ("killed", "failed")),
    "by descriptor": syscall(434, 434, 1, 0),
    "by owner of a pipe": Attack(
        "import fcntl, os\nr, w = os.pipe()\nfcntl.fcntl(r, fcntl.F_SETOWN, $PARENT)\nprint('ESCAPED')"
    ),
    "thread of the trainer": Attack(
        "import ctypes, os, platform\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "n = 234 if platform.machine() == 'x86_64' else 131\n"
        "print('ESCAPED' if libc.syscall(n, $PARENT, $PARENT, 10) == 0 else '')\nraise SystemExit(1)"
    ),
    "limits of the trainer": Attack(
        "import resource\nresource.prlimit($PARENT, resource.RLIMIT_CPU, (0, 0))\nprint('ESCAPED')"
    ),
    "priority of the trainer": Attack("import os\nos.setpriority(os.PRIO_PROCESS, $PARENT, 19)\nprint('ESCAPED')"),
}
KERNEL = {
    "trace": syscall(101, 117, 16, 1, 0, 0),
    "memory of another": syscall(310, 270, 1, 0, 0, 0, 0, 0),
    "mount": syscall(165, 40, b"none", b"/tmp", b"tmpfs", 0, 0),
    "unmount": syscall(166, 39, b"/tmp", 2),
    "new root": syscall(155, 41, b"/tmp", b"/tmp"),
    "new mount interface": syscall(428, 428, -100, b"/", 1),
    "user namespace": syscall(272, 97, 0x10000000),
    "namespace by clone": syscall(56, 220, 0x10000011, 0, 0, 0, 0),
    "namespace by thread": syscall(56, 220, 0x10010000 | 0x800 | 0x100, 0, 0, 0, 0),
    "another namespace": syscall(308, 268, 0, 0),
    "root": Attack("import os\nos.setuid(0)\nprint('ESCAPED')"),
    "groups": Attack("import os\nos.setgroups([0])\nprint('ESCAPED')"),
    "rights": syscall(126, 91, b"\x22\x05\x08\x20\0\0\0\0", b"\xff" * 24),
    "process control": syscall(157, 167, 4, 1, 0, 0, 0),
    "filter on top": syscall(317, 277, 1, 0, 0),
    "programs in the kernel": syscall(321, 280, 0, b"\0" * 64, 64),
    "counters": syscall(298, 241, b"\0" * 128, 0, -1, -1, 0),
    "keys": syscall(250, 219, 0, -3, 1),
    "page faults": syscall(323, 282, 1),
    "file by handle": syscall(304, 265, -100, b"\0" * 24, 0),
    "reboot": syscall(169, 142, 0xFEE1DEAD, 672274793, 0x89ABCDEF, 0),
    "name of the machine": Attack("import socket\nsocket.sethostname('x')\nprint('ESCAPED')"),
    "clock": Attack("import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)\nprint('ESCAPED')"),
    "personality": syscall(135, 92, 0x0040000),
    "message queue": syscall(240, 180, b"x", 0o102, 0o600, 0),
    "watch on files": syscall(294, 26, 0),
    "numbers of another interface": replace(syscall(0x40000000 + 39, 0x40000000 + 172), ends=("killed",)),
    "calls of 32 bits": Attack(
        "import ctypes, mmap, platform\nif platform.machine() != 'x86_64': raise SystemExit(1)\n"
        "code = mmap.mmap(-1, 4096, prot=7)\ncode.write(bytes.fromhex('b814000000cd80c3'))\n"
        "address = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
        "print('ESCAPED', ctypes.CFUNCTYPE(ctypes.c_int)(address)(), flush=True)",
        ("killed", "failed"),
    ),
}
INTERPRETER = {
    "recursion": Attack("def f(): f()\nf()"),
    "recursion without limit": Attack(
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "class A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x",
        (*OVER, "time"),
    ),
    "stack of C": Attack(
        "import sys\nsys.setrecursionlimit(10**9)\na = []\nfor _ in range(10**6): a = [a]\nrepr(a)", (*OVER, "time")
    ),
    "wild pointer": Attack("import ctypes\nctypes.string_at(0)", ("killed",)),
    "abort": Attack("import os\nos.abort()", ("killed",)),
    "fault on purpose": Attack("import faulthandler\nfaulthandler._sigsegv()", ("killed", "failed")),
    "fault handler later": Attack(
        "import faulthandler, time\nfaulthandler.dump_traceback_later(0.1, exit=True)\ntime.sleep(99)"
    ),
    "leaves at once": Attack("import os\nos._exit(0)", ("ok",)),
    "leaves from a thread": Attack(
        "import os, threading\nthreading.Thread(target=os._exit, args=(0,)).start()", ("ok",)
    ),
    "leaves at exit": Attack("import atexit, os\natexit.register(os._exit, 0)\n1 / 0", ("ok", "failed")),
    "hook of exceptions": Attack("import sys, os\nsys.excepthook = lambda *a: os._exit(0)\n1 / 0", ("failed", "ok")),
    "printing broken": Attack("import sys\nsys.stdout = sys.stderr = None\n1 / 0", ("failed", "ok")),
    "exception that cannot be printed": Attack(
        "class E(Exception):\n    def __str__(self): raise SystemExit(0)\n    __repr__ = __str__\nraise E",
        ("failed", "ok"),
    ),
    "builtins gone": Attack(
        "import builtins\nfor name in dir(builtins): delattr(builtins, name)\nopen('x')", ("failed", "ok", "killed")
    ),
    "modules gone": Attack("import sys\nsys.modules.clear()\n1 / 0", ("failed",)),
    "code object": Attack(
        "f = lambda: 0\nf.__code__ = f.__code__.replace(co_code=b'd\\xff' * 9)\nf()", ("failed", "killed", "time", "ok")
    ),
    "no text": Attack("print(1)\0"),
    "half a character": Attack("print('\ud800')"),
    "no program": Attack("def"),
    "leaves with words": Attack("raise SystemExit('no')"),
    "library put before": Attack(
        "open('json.py', 'w').write('print(1)')\nimport sys; del sys.modules['json']\nimport json\nraise SystemExit(1)"
    ),
}
ROOMS = {
    "memory": MEMORY,
    "time": TIME,
    "output": OUTPUT,
    "files": FILES,
    "reads": READS,
    "network": NETWORK,
    "processes": PROCESSES,
    "signals": SIGNALS,
    "kernel": KERNEL,
    "interpreter": INTERPRETER,
}
ATTACKS = {f"{room}: {name}": attack for room, attacks in ROOMS.items() for name, attack in attacks.items()}
