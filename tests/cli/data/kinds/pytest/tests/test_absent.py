# SPDX-License-Identifier: Apache-2.0
import pytest

pytest.importorskip("no_such_module")


def test_x():
    pass
