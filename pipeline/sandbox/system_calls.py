"""seccomp: which system calls a process may make, kept by the kernel.

Invariants: a list of what is allowed; anything else fails with EPERM, and calls newer than this list with ENOSYS, so
that libraries fall back to older ones. Files may be opened for reading only; threads may be made and processes not;
there are no sockets. The filter binds every thread of the process.
"""

import ctypes
import os
import platform
import struct

_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA = 15, 16, 0x53564D41
_TCGETS, _FIONREAD, _FIOCLEX = 0x5401, 0x541B, 0x5451
_CLONE_THREAD = 0x00010000
_OPEN_TO_CHANGE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | (os.O_TMPFILE & ~os.O_DIRECTORY)

# Name, number on x86-64, number on AArch64; None where the architecture has no such call.
_ALLOWED: tuple[tuple[str, int | None, int | None], ...] = (
    # the pipes to the parent, and reading code
    ("read", 0, 63), ("write", 1, 64), ("close", 3, 57), ("lseek", 8, 62), ("pread64", 17, 67), ("readv", 19, 65),
    ("writev", 20, 66), ("stat", 4, None), ("fstat", 5, 80), ("lstat", 6, None), ("newfstatat", 262, 79),
    ("statx", 332, 291), ("access", 21, None), ("faccessat", 269, 48), ("faccessat2", 439, 439),
    ("readlink", 89, None), ("readlinkat", 267, 78), ("getdents64", 217, 61), ("getcwd", 79, 17), ("fcntl", 72, 25),
    ("dup", 32, 23), ("fadvise64", 221, 223), ("statfs", 137, 43), ("fstatfs", 138, 44),
    # memory
    ("mmap", 9, 222), ("mprotect", 10, 226), ("munmap", 11, 215), ("brk", 12, 214), ("mremap", 25, 216),
    ("madvise", 28, 233), ("mincore", 27, 232), ("membarrier", 324, 283),
    # threads, waiting and signals of its own
    ("futex", 202, 98), ("set_robust_list", 273, 99), ("get_robust_list", 274, 100), ("rseq", 334, 293),
    ("set_tid_address", 218, 96), ("sched_yield", 24, 124), ("sched_getaffinity", 204, 123), ("getcpu", 309, 168),
    ("sched_getparam", 143, 121), ("sched_getscheduler", 145, 120), ("nanosleep", 35, 101),
    ("clock_nanosleep", 230, 115), ("restart_syscall", 219, 128), ("rt_sigaction", 13, 134),
    ("rt_sigprocmask", 14, 135), ("rt_sigreturn", 15, 139), ("sigaltstack", 131, 132), ("poll", 7, None),
    ("ppoll", 271, 73), ("select", 23, None), ("pselect6", 270, 72), ("epoll_create1", 291, 20),
    ("epoll_ctl", 233, 21), ("epoll_wait", 232, None), ("epoll_pwait", 281, 22), ("epoll_pwait2", 441, 441),
    ("eventfd2", 290, 19), ("exit", 60, 93), ("exit_group", 231, 94),
    # clocks, chance, and what it may know about itself
    ("clock_gettime", 228, 113), ("clock_getres", 229, 114), ("gettimeofday", 96, 169), ("times", 100, 153),
    ("getrandom", 318, 278), ("getrusage", 98, 165), ("getrlimit", 97, 163), ("sysinfo", 99, 179), ("uname", 63, 160),
    ("getpid", 39, 172), ("getppid", 110, 173), ("gettid", 186, 178), ("getuid", 102, 174), ("geteuid", 107, 175),
    ("getgid", 104, 176), ("getegid", 108, 177), ("arch_prctl", 158, None),
)  # fmt: skip
_WRITING: tuple[tuple[str, int | None, int | None], ...] = (
    ("open", 2, None), ("openat", 257, 56), ("pwrite64", 18, 68), ("fallocate", 285, 47), ("ftruncate", 77, 46),
    ("fsync", 74, 82), ("fdatasync", 75, 83), ("flock", 73, 32), ("umask", 95, 166), ("mkdir", 83, None),
    ("mkdirat", 258, 34), ("rmdir", 84, None), ("unlink", 87, None), ("unlinkat", 263, 35), ("rename", 82, None),
    ("renameat", 264, 38), ("renameat2", 316, 276), ("pipe2", 293, 59), ("dup2", 33, None), ("dup3", 292, 24),
)  # fmt: skip
"""Further calls of a child that works on files. Landlock says in which folder, so calls that it does not watch, such
as chmod, are left out."""
_UNKNOWN_TO_OLD_KERNELS = (435, 437)
"""clone3 and openat2: their arguments stand in memory, where a filter cannot look. Libraries use clone and openat."""
_LAST_KNOWN = 450

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER, _FLAG_TSYNC = 1, 1
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _GREATER = 0x15, 0x25
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def enter(*, writes: bool = False) -> bool:
    """Limit this process, all its threads, to the allowed calls. Returns whether the kernel keeps it.

    Args:
        writes: Whether it may make and write files.

    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return False
    code = _filter(*_ARCHITECTURES[machine], own=os.getpid(), writes=writes)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(_SECCOMP_CALL[machine], _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(program))) == 0


def _filter(column: int, architecture: int, own: int, *, writes: bool) -> bytes:
    """The filter as classic BPF. `column` of the tables above; `own` is this process's id."""
    numbers = {name: (x86, arm)[column] for name, x86, arm in (*_ALLOWED, *(_WRITING if writes else ()))}
    conditions: tuple[tuple[int | None, int, int | None, tuple[int, ...]], ...] = (
        # call, argument, mask, values that are allowed
        ((2, None)[column], 1, _OPEN_TO_CHANGE, (0,)),  # open
        ((257, 56)[column], 2, _OPEN_TO_CHANGE, (0,)),  # openat
        ((56, 220)[column], 0, _CLONE_THREAD, (_CLONE_THREAD,)),  # clone
        ((16, 29)[column], 1, None, (_TCGETS, _FIONREAD, _FIOCLEX)),  # ioctl
        ((157, 167)[column], 0, None, (_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA)),  # prctl
        ((302, 261)[column], 0, None, (0, own)),  # prlimit64
        ((234, 131)[column], 0, None, (own,)),  # tgkill
    )
    code = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
        _instruction(_GREATER, _LAST_KNOWN, 0, 1),  # the x32 calls, too
        _instruction(_RETURN, _FAIL | _ENOSYS),
    ]
    for number in sorted(number for number in numbers.values() if number is not None):
        code += [_instruction(_EQUAL, number, 0, 1), _instruction(_RETURN, _ALLOW)]
    for number in _UNKNOWN_TO_OLD_KERNELS:
        code += [_instruction(_EQUAL, number, 0, 1), _instruction(_RETURN, _FAIL | _ENOSYS)]
    for call, argument, mask, values in conditions:
        if call is None:
            continue
        test = [_instruction(_LOAD, _ARGUMENTS + 8 * argument)]  # the low half: both machines are little-endian
        test += [_instruction(_AND, mask)] if mask is not None else []
        for value in values:
            test += [_instruction(_EQUAL, value, 0, 1), _instruction(_RETURN, _ALLOW)]
        test.append(_instruction(_RETURN, _FAIL | _EPERM))
        code += [_instruction(_EQUAL, call, 0, len(test)), *test]
    code.append(_instruction(_RETURN, _FAIL | _EPERM))
    return b"".join(code)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
