# SPDX-License-Identifier: Apache-2.0
from sums import add


def test_add():
    assert add(2, 2) == 4
