/* SPDX-License-Identifier: Apache-2.0 */
/* scratch: a checkout with one rule and nothing to sweep, as the current folder. */
#pragma once

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "tests/test.h"

/* Once; later calls are fine. True the first time. */
static inline bool scratch_make(void) {
    static const char config[] =
        "{\"schema\":1,\"name\":\"scratch\",\"build\":[[\"true\"]],\"suites\":[{\"name\":\"s\","
        "\"kind\":\"noctule-check\","
        "\"fixtures\":\"none/*\",\"command\":[\"true\",\"{fixture}\"],\"axes\":{\"backend\":["
        "\"cpu\"]}}],\"rules\":[{\"kind\":\"subject\",\"form\":\"file\"}]}";
    static bool made;
    int status = -1;
    if (made)
        return false;
    made = true;
    EXPECT(chdir(test_folder()) == 0);
    EXPECT(file_replace("noctule.json", config, strlen(config)) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("git", "git", "init", "-q", ".", (char *)NULL);
        _exit(127);
    }
    EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
    return true;
}
