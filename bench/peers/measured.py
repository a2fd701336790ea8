#!/usr/bin/python3
"""Runs a command and writes what it cost: measured.py ANSWER.json LOG COMMAND [WORDS...]

Wall time; CPU (user + system) of the command and of every process that it left behind, since orphans come to this
process (a subreaper) and are waited for; peak of the memory resident in the whole tree, looked at each 50 ms (pages
shared by two processes count twice), and of its largest process as the kernel kept it.
"""
import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
LOOK_EVERY_S = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(root):
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(name))
    found, open_ = [], [root]
    while open_:
        for child in children.get(open_.pop(), []):
            found.append(child)
            open_.append(child)
    return found


def resident(pid):
    try:
        with open(f"/proc/{pid}/statm") as text:
            return int(text.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def main():
    answer, log, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    peak, ended = [0], threading.Event()

    def look():
        while not ended.wait(LOOK_EVERY_S):
            peak[0] = max(peak[0], sum(resident(pid) for pid in tree(os.getpid())))

    watcher = threading.Thread(target=look)
    with open(log, "w") as out:
        started = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        watcher.start()
        code = child.wait()
        wall = time.monotonic() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    ended.set()
    watcher.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(answer, "w") as out:
        json.dump({"code": code, "wallS": wall, "cpuS": used.ru_utime + used.ru_stime,
                   "treeMib": peak[0] / 2 ** 20, "largestMib": used.ru_maxrss / 1024}, out)


main()
