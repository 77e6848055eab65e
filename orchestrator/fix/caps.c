/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/caps.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/fix/record.h"

enum { REASON_MAX = 4096, LOOK_MS = 200 };

static const int64_t night_ms = (int64_t)24 * 3600 * 1000;

int caps_count(const char *logs, int64_t now_ms, int64_t *begun) {
    struct fix_record *rows = NULL;
    struct arena arena;
    size_t len = 0;
    arena_init(&arena, 0);
    int rc = fix_records_list(logs, &arena, &rows, &len);
    *begun = 0;
    for (size_t i = 0; rc == 0 && i < len; i++)
        *begun += rows[i].begun_ms > now_ms - night_ms;
    arena_done(&arena);
    return rc;
}

int caps_switch(const char *logs) {
    struct file reason;
    struct buf path;
    buf_init(&path, REASON_MAX);
    buf_printf(&path, "%s/fix/STOP", logs);
    int rc = file_read(&reason, path.data, REASON_MAX);
    if (rc == ERR_NOTFOUND) {
        buf_done(&path);
        return 0;
    }
    bool read = rc == 0;
    const char *text = read && reason.size ? (const char *)reason.data : "";
    size_t len = strcspn(text, "\r\n");
    rc = err_set(ERR_STOPPED, "%s is there%s%.*s; remove it to go on", path.data, len ? ": " : "",
                 (int)len, text);
    if (read)
        file_done(&reason);
    buf_done(&path);
    return rc;
}

pid_t caps_watch(const char *logs) {
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000L * 1000};
    pid_t owner = getpid(), watcher = fork();
    if (watcher < 0)
        return err_errno(ERR_IO, "cannot watch the switch");
    if (watcher > 0)
        return watcher;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_DFL);
    while (getppid() == owner && caps_switch(logs) == 0)
        (void)nanosleep(&pause, NULL);
    if (getppid() == owner)
        (void)kill(owner, SIGTERM);
    _exit(0);
}

void caps_unwatch(pid_t watcher) {
    if (watcher <= 0)
        return;
    (void)kill(watcher, SIGKILL);
    (void)waitpid(watcher, NULL, 0);
}
