/* SPDX-License-Identifier: Apache-2.0 */
/* The machine gave out: disk, memory, devices, network. Nothing of the code under test. */
#include "orchestrator/parse/rule.h"

/* Patterns stand on lines of their own: the formatter would align them off the page. */
/* clang-format off */
static const struct rule rows[] = {
    {"system.disk_full", 1, RULE_MESSAGE | RULE_LOG,
     "(?<what>.*(?:No space left on device|Disk quota exceeded).*)$",
     "disk-full", RULE_INFRA, true},
    {"system.io", 1, RULE_MESSAGE | RULE_LOG,
     "(?<what>.*(?:Input/output error|Stale file handle|Read-only file system).*)$",
     "io", RULE_INFRA, true},
    {"system.memory", 1, RULE_MESSAGE | RULE_LOG,
     "(?<what>.*(?:[Oo]ut of memory|Cannot allocate memory|std::bad_alloc).*)$",
     "memory-limit", RULE_INFRA, true},
    {"system.files", 1, RULE_MESSAGE | RULE_LOG,
     "(?<what>.*Too many open files.*)$",
     "limit", RULE_INFRA, true},
    {"system.device", 1, RULE_MESSAGE | RULE_LOG,
     "(?<what>.*(?:CUDA_ERROR_NO_DEVICE|no CUDA-capable device|VK_ERROR_DEVICE_LOST|"
     "device is lost|NVRM: Xid).*)$",
     "device", RULE_INFRA, true},
    {"system.network", 1, RULE_MESSAGE | RULE_LOG,
     "(?<what>.*(?:Connection (?:refused|reset by peer|timed out)|Could not resolve host|"
     "Temporary failure in name resolution).*)$",
     "network", RULE_INFRA, true},
    RULE_END,
};
/* clang-format on */

const struct rule_set rule_system = {"system", 30, rows};
