"""Programs that take all there is, or reach for files that are not theirs; see ``attacks``."""

from __future__ import annotations

from tests.mmreason.sandbox.attack import OVER, Attack, read, syscall, write

MEMORY = {
    "list": Attack("a = []\nwhile True: a.append([0] * 10**6)", OVER),
    "bytearray": Attack("a = bytearray()\nwhile True: a += bytes(10**7)", OVER),
    "mmap": Attack("import mmap\na = []\nwhile True: a.append(mmap.mmap(-1, 10**7))", OVER),
    "text": Attack("a = 'x'\nwhile True: a += a", OVER),
    "dictionary": Attack("a = {}\nfor i in range(10**9): a[i] = str(i) * 99", (*OVER, "time")),
    "cycles without collector": Attack(
        "import gc\ngc.disable()\nwhile True:\n    a = [bytes(10**5)]; a.append(a)", OVER
    ),
    "memory error caught again and again": Attack(
        "a = []\nwhile True:\n    try: a.append(bytes(10**6))\n    except MemoryError: pass", (*OVER, "time")
    ),
    "deep brackets to compile": Attack("compile('(' * 10**6, 'x', 'eval')", (*OVER, "output")),
    "deep tree to compile": Attack("eval('-' * 10**6 + '1')", OVER),
    "zip bomb": Attack(
        "import zlib\nbomb = zlib.compress(bytes(10**7))\na = []\nwhile True: a.append(zlib.decompress(bomb))",
        OVER,
    ),
    "shared memory": Attack(
        "from multiprocessing import shared_memory as s\ns.SharedMemory(create=True, size=2**30)\nprint('ESCAPED')"
    ),
    "memory file": Attack("import os\nos.memfd_create('x')\nprint('ESCAPED')"),
    "system v memory": syscall(29, 194, 0, 1 << 30, 0o1600),
    "locked memory": syscall(151, 230, 3),
}
TIME = {
    "loop": Attack("while True: pass", ("time",)),
    "loop that ignores the signal of its limit": Attack(
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", ("time",)
    ),
    "limit raised": Attack(
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (99, 99))\nprint('ESCAPED')", ("failed",)
    ),
    "sleep": Attack("import time\ntime.sleep(10**6)", ("time",)),
    "stop itself": Attack("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", ("time",)),
    "power": Attack("9 ** 9 ** 9", ("time", "memory")),
    "regular expression": Attack("import re\nre.match('(a+)+$', 'a' * 64 + 'b')", ("time",)),
    "thread that never ends": Attack(
        "import threading\nthreading.Thread(target=threading.Event().wait).start()", ("time",)
    ),
    "never leaves at exit": Attack("import atexit, time\natexit.register(time.sleep, 10**6)", ("time",)),
}
OUTPUT = {
    "endless stdout": Attack("while True: print('x' * 999)", ("output",)),
    "endless stderr": Attack("import sys\nwhile True: sys.stderr.write('x' * 999)", ("output",)),
    "endless write": Attack("import os\nwhile True: os.write(1, bytes(4096))", ("output",)),
    "one long line": Attack("print('x' * 10**7)", ("output",)),
    "warnings without end": Attack(
        "import warnings\nwarnings.simplefilter('always')\nwhile True: warnings.warn('x' * 99)", ("output",)
    ),
    "bytes that are no text": Attack("import sys\nsys.stdout.buffer.write(bytes(range(256)) * 9)", ("ok",)),
    "half characters": Attack("print('\\ud800')"),
    "closed stdout": Attack("import os\nos.close(1)\nos.close(2)\nprint(1, flush=True)"),
    "closed everything": Attack("import os\nos.closerange(0, 4096)", ("ok", "failed")),
    "stdout of another": Attack("import os\nos.dup2(0, 1)\nprint('x', flush=True)", ("failed",)),
}
FILES = {
    "huge file": Attack(
        "f = open('x', 'wb', 0)\nwhile True:\n    f.write(bytes(10**6))\n    print(1)", ("failed", "killed")
    ),
    "hole": Attack("f = open('x', 'wb')\nf.truncate(2**40)\nprint('ESCAPED')"),
    "many files": Attack("for i in range(10**6): open(str(i), 'w').write('x')"),
    "many full files": Attack("for i in range(10**6): open(str(i), 'wb').write(bytes(10**5))"),
    "deep folders": Attack("import os\nwhile True:\n    os.mkdir('x'); os.chdir('x')"),
    "many descriptors": Attack("a = [open('/dev/null') for _ in range(10**6)]"),
    "many pipes": Attack("import os\na = [os.pipe() for _ in range(10**6)]"),
    "system file": write("/etc/mmreason-escaped"),
    "home": Attack("import os\nopen(os.path.expanduser('~root') + '/mmreason-escaped', 'w')\nprint('ESCAPED')"),
    "temporary folder": write("/tmp/../var/tmp/mmreason-escaped"),
    "shared memory folder": write("/dev/shm/mmreason-escaped"),
    "folder of the host": write("$HOST/mmreason-escaped"),
    "repository": write("$REPOSITORY/mmreason-escaped"),
    "standard library": Attack("import os\nopen(os.__file__, 'a')\nprint('ESCAPED')"),
    "standard library removed": Attack("import os\nos.remove(os.__file__)\nprint('ESCAPED')"),
    "standard library renamed": Attack(
        "import os\nos.rename(os.path.dirname(os.__file__), '/tmp/x')\nprint('ESCAPED')"
    ),
    "standard library opened to all": Attack("import os\nos.chmod(os.__file__, 0o777)\nprint('ESCAPED')"),
    "link and write": Attack("import os\nos.symlink('$HOST/mmreason-escaped', 'l')\nopen('l', 'w')\nprint('ESCAPED')"),
    "link and read": Attack("import os\nos.symlink('$SECRET', 'l')\nprint('ESCAPED', open('l').read())"),
    "hard link": Attack("import os\nos.link('$SECRET', 'l')\nprint('ESCAPED')"),
    "link race": Attack(
        "import os, threading\nopen('a', 'w').write('x')\n"
        "def swap():\n    while True:\n        os.symlink('$SECRET', 'n'); os.rename('n', 'l')\n"
        "        os.symlink('a', 'n'); os.rename('n', 'l')\n"
        "threading.Thread(target=swap, daemon=True).start()\n"
        "for _ in range(9999):\n    try: text = open('l').read()\n    except OSError: continue\n"
        "    if text != 'x': print('ESCAPED')\nraise SystemExit(1)"
    ),
    "way up": Attack("import os\nos.chdir('../' * 99)\nprint('ESCAPED', open('.' + '$SECRET').read())"),
    "root changed": Attack("import os\nos.chroot('/tmp')\nprint('ESCAPED')"),
    "way up by descriptor": Attack(
        "import os\nd = os.open('/', os.O_RDONLY)\n"
        "print('ESCAPED', os.open('../..' + '$SECRET', os.O_RDONLY, dir_fd=d))"
    ),
    "device": Attack("import os, stat\nos.mknod('d', 0o600 | stat.S_IFBLK, os.makedev(254, 0))\nprint('ESCAPED')"),
    "owner": Attack("import os\nos.chown('.', 0, 0)\nprint('ESCAPED')"),
    "program bit": Attack("import os\nopen('x', 'w').write('#!/bin/sh')\nos.chmod('x', 0o4777)\nos.execv('x', ['x'])"),
    "lock on the library": Attack("import fcntl, os\nfcntl.flock(open(os.__file__), fcntl.LOCK_EX)\nprint('ESCAPED')"),
    "lease": Attack("import fcntl, os\nfcntl.fcntl(os.open(os.__file__, 0), 1024, 1)\nprint('ESCAPED')"),
}
READS = {
    "users": read("/etc/passwd"),
    "secret": read("$SECRET"),
    "environment of the parent": read("/proc/{os.getppid()}/environ"),
    "environment of the trainer": read("/proc/$PARENT/environ"),
    "memory of the trainer": read("/proc/$PARENT/mem"),
    "files of the trainer": Attack("import os\nprint('ESCAPED', os.listdir('/proc/$PARENT/fd'))"),
    "root of the trainer": Attack("import os\nprint('ESCAPED', os.listdir('/proc/$PARENT/root/'))"),
    "own environment": Attack("import os\nprint('ESCAPED' if os.environ else '')\nopen('/proc/self/environ')"),
    "command line of process 1": read("/proc/1/cmdline"),
    "all processes": Attack("import os\nprint('ESCAPED', os.listdir('/proc'))"),
    "own memory": Attack("print('ESCAPED', open('/proc/self/mem', 'r+b'))"),
    "disk": read("/dev/vda"),
    "kernel log": read("/dev/kmsg"),
    "terminal": Attack("open('/dev/tty', 'w').write('x')\nprint('ESCAPED')"),
    "repository": Attack("import os\nprint('ESCAPED', os.listdir('$REPOSITORY'))"),
    "packages": Attack("import sys\nsys.path.append('$REPOSITORY')\nimport mmreason.workers\nprint('ESCAPED')"),
    "torch": Attack("import torch\nprint('ESCAPED')"),
    "system": Attack("import os\nprint('ESCAPED', os.listdir('/sys/class'))"),
    "inherited descriptors": Attack(
        "import os, stat\nfor fd in range(3, 4096):\n    try: kind = os.fstat(fd)\n    except OSError: continue\n"
        "    if not stat.S_ISDIR(kind.st_mode): print('ESCAPED', fd, kind)\n"
        "raise SystemExit(1)"
    ),
    "writes to every descriptor": Attack(
        'import os\nfor fd in [*range(3, 4096)]:\n    try: os.write(fd, b\'{"kind": "end", "exit": 0}\\n\')\n'
        "    except OSError: continue\n    print('ESCAPED')\nraise SystemExit(1)"
    ),
    "input written": Attack("import os\nos.write(0, b'x')\nprint('ESCAPED')"),
    "sockets of the keeper": Attack(
        "import gc, sys\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'socket' and thing.fileno() >= 0: thing.send(b'x'); print('ESCAPED')\n"
        "frame = sys._getframe()\nwhile frame:\n    for value in list(frame.f_locals.values()):\n"
        "        if type(value).__name__ == 'socket' and value.fileno() >= 0: value.send(b'x'); print('ESCAPED')\n"
        "    frame = frame.f_back\nraise SystemExit(1)"
    ),
}
