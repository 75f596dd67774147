"""What a worker process may not do, set by the process itself before it touches a stranger's work.

The kernel holds the limits, because the engine cannot be interrupted: a time limit that nothing in the process can
catch, an address space, no core file, no network where the system allows that to be given up. A worker also ends when
the process that started it is gone. The parent-death signal of Linux is not used: it fires when the thread that
started the worker ends, which in a server is soon.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
import time

_NEW_NETWORK, _NEW_USER = 0x4000_0000, 0x1000_0000  # CLONE_NEWNET and CLONE_NEWUSER of Linux
_FILE = 256 * 1024 * 1024  # bytes a worker may write into one file
_WATCH = 0.25  # seconds
_REFUSED = ("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen", "os.system",
            "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn")  # fmt: skip


def confine(memory: int, parent: int, network: bool = False) -> bool:
    """Confine this process to `memory` bytes and to the life of process `parent`; say whether it has no network.

    With `network` it keeps one, for the engine alone: Python code is refused it all the same.

    To be called while the process has one thread.
    """
    isolated = not network and _without_network()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, _FILE)):
        _limit(kind, most)
    _offer_to_the_kernel()
    sys.addaudithook(_refuse)
    threading.Thread(target=_end_with, args=(parent,), daemon=True, name="watch").start()
    return isolated


def end_after(seconds: float) -> None:
    """Have the kernel end this process in so many seconds; 0 calls that off."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _without_network() -> bool:
    """Enter a network of one's own, which reaches nothing; False where the system does not let us."""
    if not sys.platform.startswith("linux"):
        return False
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return unshare(_NEW_NETWORK) == 0 or unshare(_NEW_USER | _NEW_NETWORK) == 0


def _limit(kind: int, most: int) -> None:
    allowed = resource.getrlimit(kind)[1]
    most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    try:
        resource.setrlimit(kind, (most, most))
    except (ValueError, OSError):  # macOS knows the limit on address space but does not set it
        return


def _offer_to_the_kernel() -> None:
    """Be the first to go when the machine has no memory left."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("900")
    except OSError:  # not Linux
        return


def _refuse(event: str, _details: object) -> None:
    """Refuse network and new processes to Python code, also where the kernel would let them."""
    if event in _REFUSED:
        raise PermissionError(f"{event} is not allowed in a worker")


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(0)
