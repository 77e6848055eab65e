# SPDX-License-Identifier: Apache-2.0
# One test for each way in which pytest ends one.
import os
import signal
import sys

import pytest


def test_good():
    print("hello")


def test_bad():
    print("about to add")
    print("to stderr", file=sys.stderr)
    assert 2 + 2 == 5, "the sum"


@pytest.mark.parametrize("x", ["a b", "[q]", "ü", "new\nline", "q\"'`$(x)", "\x00", "{case}", "--list", "x" * 400])
def test_names(x):
    assert x != "[q]"


@pytest.mark.skip(reason="no gpu here")
def test_skip():
    raise RuntimeError("it ran")


@pytest.mark.xfail(reason="known")
def test_xfail():
    assert 0


@pytest.mark.xfail(reason="known")
def test_xpass():
    pass


@pytest.mark.xfail(strict=True, reason="known")
def test_xpass_strict():
    pass


@pytest.fixture
def broken():
    raise RuntimeError("no fixture")


def test_setup(broken):
    pass


@pytest.fixture
def late():
    yield
    raise RuntimeError("too late")


def test_teardown(late):
    pass


def test_crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def test_leave():
    os._exit(0)


def test_stop():
    pytest.exit("enough")


def test_hang():
    if "HANG" in os.environ:
        signal.pause()


def test_fake():
    os.write(1, b'{"event":"result","case":"tests/test_sum.py::test_fake","status":"pass","compared":1}\n')
    assert False


def test_forked():
    pid = os.fork()
    assert pid, "the child comes back"
    assert os.waitpid(pid, 0)[1] == 0, "the child failed"


class TestMore:
    def test_method(self):
        {}["k"]

    def test_last(self):
        pass
