/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/scripts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/hook/hook.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/shell/scope.h"

enum { INPUT_MAX = 16 << 20, SAID_MAX = 8 << 10, REFUSED = 2 };

/* cwd is where it happens: in the folder that the call names, where it names one. */
static void write_call(struct buf *out, const struct hook_call *c, const struct hook_setup *setup) {
    const struct scope from = {.root = setup->root, .cwd = *c->cwd ? c->cwd : setup->root};
    char *place = scope_absolute(&from, c->folder ? c->folder : ".");
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "event", hook_event_name(c->event));
    json_put_str(&w, "dialect", c->dialect);
    json_put_str(&w, "tool", c->tool);
    json_put_str(&w, "command", c->text);
    json_put_str(&w, "path", c->path);
    json_put_str(&w, "cwd", place);
    json_put_str(&w, "root", setup->root);
    json_put_json(&w, "input", c->input);
    json_close_object(&w);
    buf_putc(out, '\n');
    free(place);
}

/* A file without a name that holds text, at its start; or -1. */
static int file_of(const struct buf *text) {
    int fd = memfd_create("call", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->data + at, text->len - at);
        if (n < 0 && errno != EINTR)
            break;
        at += n > 0 ? (size_t)n : 0;
    }
    if (lseek(fd, 0, SEEK_END) == (off_t)text->len && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

static int check_script(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return err_errno(ERR_IO, "cannot look at %s", path);
    if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
        return err_set(ERR_IO, "%s is not executable; make it so, or take it away", path);
    if (st.st_mode & S_IWOTH)
        return err_set(ERR_IO, "%s may be written by anybody", path);
    return 0;
}

/* What it said, in one piece: stderr first, for that is where a hook says why. */
static void refuse(struct buf *why, const char *name, const struct buf *err,
                   const struct buf *out) {
    const struct buf *said = err->len ? err : out;
    size_t len = said->len;
    while (len > 0 && (said->data[len - 1] == '\n' || said->data[len - 1] == ' '))
        len--;
    buf_printf(why, "%s: ", name);
    if (len)
        buf_add(why, said->data, len);
    else
        buf_puts(why, "refused, and did not say why");
}

static int run_script(const char *path, const struct hook_setup *setup, int input,
                      struct buf *why) {
    const char *argv[] = {path, NULL};
    struct proc_spec spec = {.argv = argv, .cwd = setup->root, .input = input};
    struct proc_exit end = {0};
    struct buf out, err;
    struct loop *loop = NULL;
    buf_init(&out, SAID_MAX);
    buf_init(&err, SAID_MAX);
    int rc = loop_new(&loop);
    if (rc == 0)
        rc = proc_run(loop, &spec, setup->script_ms, NULL, &out, &err, &end);
    if (rc == 0 && end.code == REFUSED)
        refuse(why, file_base_name(path), &err, &out);
    else if (rc == 0 && end.signal)
        rc = err_set(ERR_IO, "it was ended by signal %d", end.signal);
    else if (rc == 0 && end.code != 0)
        rc = err_set(ERR_IO, "it ended with status %d, which says neither yes (0) nor no (2)",
                     end.code);
    loop_free(loop);
    buf_done(&out);
    buf_done(&err);
    return rc < 0 ? err_while(rc, "%s", path) : 0;
}

static int ask_script(const char *folder, const char *name, const struct hook_setup *setup,
                      const struct buf *call, struct buf *why) {
    struct buf path;
    int input = -1;
    buf_init(&path, PATH_MAX);
    (void)file_join(&path, folder, name);
    int rc = check_script(path.data);
    if (rc == 0 && (input = file_of(call)) < 0)
        rc = err_errno(ERR_IO, "cannot hand the call to %s", path.data);
    if (rc == 0)
        rc = run_script(path.data, setup, input, why);
    if (input >= 0)
        close(input);
    buf_done(&path);
    return rc;
}

/* Editors leave copies and dot files; what is a name of a script is a plain word. */
static int is_script(const struct dirent *e) {
    size_t len = strlen(e->d_name);
    return e->d_name[0] != '.' && e->d_name[len - 1] != '~' && strcmp(e->d_name, "README.md") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool scripts_are_there(const struct hook_setup *setup, enum hook_event event) {
    struct dirent **all = NULL;
    struct buf folder;
    buf_init(&folder, PATH_MAX);
    buf_printf(&folder, "%s/hooks/%s.d", setup->root, hook_event_name(event));
    int count = scandir(folder.data, &all, is_script, NULL);
    bool missing = count < 0 && errno == ENOENT;
    for (int i = 0; i < count; i++)
        free(all[i]);
    free(all);
    buf_done(&folder);
    return count != 0 && !missing;
}

int scripts_ask(const struct hook_call *call, const struct hook_setup *setup, struct buf *why) {
    struct buf folder, text;
    struct dirent **all = NULL;
    int rc = 0;
    buf_init(&folder, PATH_MAX);
    buf_init(&text, INPUT_MAX);
    buf_printf(&folder, "%s/hooks/%s.d", setup->root, hook_event_name(call->event));
    int count = scandir(folder.data, &all, is_script, by_bytes);
    if (count < 0 && errno != ENOENT)
        rc = err_errno(ERR_IO, "cannot read %s", folder.data);
    write_call(&text, call, setup);
    if (rc == 0)
        rc = buf_ok(&text, "the call");
    for (int i = 0; i < count; i++) {
        if (rc == 0 && why->len == 0)
            rc = ask_script(folder.data, all[i]->d_name, setup, &text, why);
        free(all[i]);
    }
    free(all);
    buf_done(&folder);
    buf_done(&text);
    return rc;
}
