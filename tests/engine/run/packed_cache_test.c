/* SPDX-License-Identifier: Apache-2.0 */
/* Packed weights that are kept from start to start: bit for bit what loading makes, or not used. */
#include "engine/run/packed_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/packed.h"
#include "engine/nn/weights_options.h"
#include "engine/run/model.h"
#include "engine/run/session.h"
#include "tests/test.h"

enum { PATH_ROOM = 4200, SETTLED_US = 2100000 };

static const char *gguf_file(void) {
    static char path[PATH_ROOM];
    (void)snprintf(path, sizeof(path), "%s/tests/engine/run/data/llama.q8_0.gguf", SOURCE_DIR);
    return path;
}

/* A new folder of that name for each test. */
static const char *cache_folder(const char *name) {
    static char path[PATH_ROOM];
    (void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
    return path;
}

struct start {
    struct device *device;
    struct model *model;
};

static bool start(struct start *s, const char *path, const char *backend, const char *where,
                  const char *quant) {
    const struct device_options d = {.threads = 2};
    struct model_options o = {.packed_cache = where};
    *s = (struct start){0};
    bool ok = weights_options_parse(&o.weights, NULL, quant, NULL) == 0 &&
              device_open(&s->device, backend, &d) == 0 &&
              model_open(&s->model, path, s->device, &o) == 0;
    (void)test_check(ok, __FILE__, __LINE__, "%s: %s", path, err_text());
    return s->model != NULL;
}

static void stop(struct start *s) {
    model_close(s->model);
    device_close(s->device);
}

static bool has(const struct start *s, const char *sentence) {
    return s->model->packed.said && strstr(s->model->packed.said, sentence);
}

/* Whether two starts have the same weights, byte for byte and laid out alike. */
static bool same_weights(const struct start *a, const struct start *b) {
    const struct weights *x = &a->model->weights, *y = &b->model->weights;
    bool same = x->loaded_len == y->loaded_len && x->tied == y->tied &&
                x->parameters == y->parameters && x->bytes == y->bytes && x->misfits == y->misfits;
    for (size_t i = 0; same && i < x->loaded_len; i++) {
        const struct tensor *t = &x->loaded[i].tensor, *u = &y->loaded[i].tensor;
        same = strcmp(x->loaded[i].name, y->loaded[i].name) == 0 && t->dtype == u->dtype &&
               t->layout == u->layout && tensor_same_shape(t, u) &&
               memcmp(t->data, u->data, tensor_size(t)) == 0;
    }
    return same;
}

/* The one file of a folder, or NULL. */
static const char *only_file(const char *folder) {
    static char path[PATH_ROOM];
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%.3900s/%.255s", folder, e->d_name);
        count++;
    }
    if (dir)
        (void)closedir(dir);
    return count == 1 ? path : NULL;
}

/* Starts twice: the second takes what the first kept, and has what loading makes. */
static void keep_and_take(const char *path, const char *backend, const char *folder,
                          const char *quant) {
    struct start plain, first, second;
    if (!start(&plain, path, backend, "off", quant))
        return;
    if (!start(&first, path, backend, folder, quant))
        return;
    EXPECT_HAS(first.model->packed.said, "are kept in");
    if (!start(&second, path, backend, folder, quant))
        return;
    EXPECT_HAS(second.model->packed.said, "come from");
    EXPECT(!plain.model->packed.said && plain.model->weights.memory.slabs);
    EXPECT(!second.model->weights.memory.slabs); /* nothing was made anew */
    EXPECT(same_weights(&plain, &first) && same_weights(&plain, &second));
    stop(&plain);
    stop(&first);
    stop(&second);
}

TEST(a_second_start_takes_what_the_first_kept) {
    char folder[PATH_ROOM];
    (void)snprintf(folder, sizeof(folder), "%.4000s/a/b", cache_folder("taken"));
    keep_and_take(gguf_file(), "cpu-native", folder, NULL);
    EXPECT(only_file(folder) != NULL);
    struct stat st = {0};
    EXPECT(stat(only_file(folder), &st) == 0 && (st.st_mode & 0777) == 0600);
}

TEST(what_is_quantised_at_load_is_kept_too) {
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof(path), "%s/tests/models/qwen2", SOURCE_DIR);
    keep_and_take(path, "cpu-native", cache_folder("quantised"), "q4_0");
    keep_and_take(path, "cpu", cache_folder("reference"), "q8_0");
}

TEST(auto_reads_and_never_writes) {
    struct start s;
    const char *folder = cache_folder("auto");
    setenv("NOCTULE_CACHE", folder, 1);
    if (!start(&s, gguf_file(), "cpu-native", "auto", NULL))
        return;
    EXPECT(!s.model->packed.said && !file_exists(folder));
    stop(&s);
    if (!start(&s, gguf_file(), "cpu-native", "on", NULL))
        return;
    EXPECT(has(&s, "are kept in"));
    stop(&s);
    if (!start(&s, gguf_file(), "cpu-native", "auto", NULL))
        return;
    EXPECT(has(&s, "come from"));
    stop(&s);
    unsetenv("NOCTULE_CACHE");
}

TEST(the_cache_is_where_the_user_has_caches) {
    struct start s;
    char expected[PATH_ROOM];
    const char *folder = cache_folder("xdg");
    setenv("XDG_CACHE_HOME", folder, 1);
    if (!start(&s, gguf_file(), "cpu-native", "on", NULL))
        return;
    (void)snprintf(expected, sizeof(expected), "are kept in %.4000s/noctule/llama.q8_0.gguf-",
                   folder);
    EXPECT_HAS(s.model->packed.said, expected);
    stop(&s);
    unsetenv("XDG_CACHE_HOME");
}

/* Every level computes with the same panels; the reference has rows. */
TEST(levels_share_a_file_and_other_ways_to_load_do_not) {
    struct start s;
    const char *folder = cache_folder("levels");
    if (!start(&s, gguf_file(), "cpu-native", folder, NULL))
        return;
    stop(&s);
    if (!start(&s, gguf_file(), "cpu-native.plain", folder, NULL))
        return;
    EXPECT(has(&s, "come from"));
    stop(&s);
    if (!start(&s, gguf_file(), "cpu", folder, NULL))
        return;
    EXPECT(!has(&s, "come from"));
    stop(&s);
    if (!start(&s, gguf_file(), "cpu-native", folder, "q4_0"))
        return;
    EXPECT(!has(&s, "come from"));
    stop(&s);
}

static bool copy_file(const char *to, const char *from) {
    struct file f;
    bool ok = file_map(&f, from) == 0;
    ok = ok && file_replace(to, f.data, f.size) == 0;
    file_done(&f);
    return ok;
}

static bool flip(const char *path, off_t at) {
    unsigned char byte = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool ok = fd >= 0 && pread(fd, &byte, 1, at) == 1;
    byte ^= 1;
    ok = ok && pwrite(fd, &byte, 1, at) == 1;
    return (fd < 0 || close(fd) == 0) && ok;
}

/* A model with one weight changed, with the size and the time of writing that it had. */
TEST(a_model_that_changed_is_packed_anew) {
    char path[PATH_ROOM];
    struct start s, plain;
    struct stat st = {0};
    const char *folder = cache_folder("stale");
    (void)snprintf(path, sizeof(path), "%s/model.gguf", test_folder());
    REQUIRE(copy_file(path, gguf_file()));
    if (!start(&s, path, "cpu-native", folder, NULL))
        return;
    EXPECT_HAS(s.model->packed.said, "changed a moment ago");
    stop(&s);
    (void)usleep(SETTLED_US);
    if (!start(&s, path, "cpu-native", folder, NULL))
        return;
    EXPECT(has(&s, "are kept in"));
    stop(&s);
    REQUIRE(stat(path, &st) == 0);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    REQUIRE(flip(path, st.st_size - 100) && utimensat(AT_FDCWD, path, times, 0) == 0);
    (void)usleep(SETTLED_US);
    if (!start(&s, path, "cpu-native", folder, NULL))
        return;
    if (!start(&plain, path, "cpu-native", NULL, NULL))
        return;
    EXPECT(!has(&s, "come from"));
    EXPECT(same_weights(&s, &plain));
    stop(&s);
    if (!start(&s, path, "cpu-native", folder, NULL))
        return;
    EXPECT(has(&s, "come from") && same_weights(&s, &plain));
    stop(&s);
    stop(&plain);
    EXPECT(only_file(folder) != NULL); /* in the place of the stale one */
}

/* Whatever was done to the file, the next start packs, writes it anew, and the one after takes it.
 */
static void repair(const char *folder, const struct start *plain) {
    struct start s;
    if (!start(&s, gguf_file(), "cpu-native", folder, NULL))
        return;
    EXPECT(!has(&s, "come from") && same_weights(&s, plain));
    stop(&s);
    if (!start(&s, gguf_file(), "cpu-native", folder, NULL))
        return;
    EXPECT(has(&s, "come from") && same_weights(&s, plain));
    stop(&s);
}

TEST(a_damaged_file_is_not_used_and_written_anew) {
    struct start plain, s;
    struct stat st = {0};
    const char *folder = cache_folder("damaged");
    if (!start(&plain, gguf_file(), "cpu-native", NULL, NULL))
        return;
    if (!start(&s, gguf_file(), "cpu-native", folder, NULL))
        return;
    stop(&s);
    REQUIRE(only_file(folder) && stat(only_file(folder), &st) == 0);
    const off_t places[] = {0, 20, 40, 200, 4000, 4095, 4096, st.st_size / 2, st.st_size - 70};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        REQUIRE(flip(only_file(folder), places[i]));
        repair(folder, &plain);
    }
    const off_t sizes[] = {0, 1, 100, 4096, st.st_size / 2, st.st_size - 1, st.st_size + 1};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        REQUIRE(truncate(only_file(folder), sizes[i]) == 0);
        repair(folder, &plain);
    }
    REQUIRE(chmod(only_file(folder), 0666) == 0);
    repair(folder, &plain);
    stop(&plain);
}

/* Another model's weights under this one's name: whole, and of another key. */
TEST(a_file_of_another_model_is_not_used) {
    char path[PATH_ROOM], mine[PATH_ROOM], folder[PATH_ROOM];
    struct start plain, s;
    (void)snprintf(path, sizeof(path), "%s/tests/engine/run/data/qwen2.q8_0.gguf", SOURCE_DIR);
    if (!start(&plain, gguf_file(), "cpu-native", NULL, NULL))
        return;
    (void)snprintf(folder, sizeof(folder), "%s", cache_folder("mine"));
    if (!start(&s, gguf_file(), "cpu-native", folder, NULL))
        return;
    stop(&s);
    REQUIRE(only_file(folder) != NULL);
    (void)snprintf(mine, sizeof(mine), "%s", only_file(folder));
    const char *where = cache_folder("other");
    if (!start(&s, path, "cpu-native", where, NULL))
        return;
    stop(&s);
    REQUIRE(only_file(where) != NULL);
    EXPECT(copy_file(mine, only_file(where)));
    repair(folder, &plain);
    stop(&plain);
}

TEST(a_folder_that_cannot_be_written_is_said_and_nothing_else) {
    struct start s;
    if (!start(&s, gguf_file(), "cpu-native", "/proc/no such folder", NULL))
        return;
    EXPECT(has(&s, "are not kept: cannot make the folder"));
    EXPECT(s.model->weights.memory.slabs != NULL);
    stop(&s);
}

/* In a process of its own: 0 when every start had the weights that loading makes. */
static int start_often(const char *folder) {
    struct start plain, s;
    bool ok = start(&plain, gguf_file(), "cpu-native", NULL, NULL);
    for (int i = 0; ok && i < 5; i++) {
        ok = start(&s, gguf_file(), "cpu-native", folder, NULL) && same_weights(&s, &plain);
        stop(&s);
    }
    stop(&plain);
    return ok ? 0 : 1;
}

TEST(starts_at_once_do_not_disturb_each_other) {
    enum { STARTS = 8 };
    struct start s;
    pid_t children[STARTS];
    const char *folder = cache_folder("at once");
    (void)fflush(stdout);
    for (int i = 0; i < STARTS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(start_often(folder));
    }
    for (int i = 0; i < STARTS; i++) {
        int status = -1;
        EXPECT(children[i] > 0 && waitpid(children[i], &status, 0) == children[i] && status == 0);
    }
    EXPECT(only_file(folder) != NULL);
    if (!start(&s, gguf_file(), "cpu-native", folder, NULL))
        return;
    EXPECT(has(&s, "come from"));
    stop(&s);
}
