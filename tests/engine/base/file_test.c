/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/file.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "tests/test.h"

enum { PATH_SIZE = 4096 };

static char *path_of(const char *name) {
    static char path[4][PATH_SIZE];
    static int turn;
    static const char *folder;
    if (!folder)
        folder = test_folder();
    char *p = path[turn++ % 4];
    (void)snprintf(p, PATH_SIZE, "%s/%s", folder, name);
    return p;
}

static int entries(const char *folder) {
    DIR *d = opendir(folder);
    int count = -2; /* . and .. */
    while (d && readdir(d))
        count++;
    if (d)
        (void)closedir(d);
    return count;
}

static bool holds(const char *path, const char *text) {
    struct file f;
    if (file_read(&f, path, 1 << 20) < 0)
        return false;
    bool same = f.size == strlen(text) && strcmp((const char *)f.data, text) == 0;
    file_done(&f);
    return same;
}

TEST(what_is_replaced_is_read_back) {
    const char *path = path_of("a");
    EXPECT_INT(file_replace(path, "old", 3), 0);
    EXPECT(holds(path, "old"));
    EXPECT_INT(file_replace(path, "", 0), 0);
    EXPECT(holds(path, ""));
    EXPECT_INT(file_replace(path, "new!", 4), 0);
    EXPECT(holds(path, "new!"));
    EXPECT(file_begins(path, "new", 3) && !file_begins(path, "old", 3));
    EXPECT(!file_begins(path, "new!!", 5));
}

TEST(a_pipe_without_a_writer_is_not_waited_for) {
    const char *path = path_of("pipe");
    struct file f;
    REQUIRE(mkfifo(path, 0600) == 0);
    EXPECT(holds(path, ""));
    EXPECT_INT(file_map(&f, path), ERR_IO);
    EXPECT_HAS(err_text(), "not a regular file");
    EXPECT(!file_begins(path, "G", 1));
}

TEST(the_mode_of_a_replaced_file_stays) {
    const char *path = path_of("mode");
    REQUIRE(file_replace(path, "1", 1) == 0);
    REQUIRE(chmod(path, 0640) == 0);
    REQUIRE(file_replace(path, "2", 1) == 0);
    struct stat st;
    REQUIRE(stat(path, &st) == 0);
    EXPECT_INT(st.st_mode & 07777, 0640);
}

TEST(a_failed_replacement_leaves_nothing_behind) {
    EXPECT_INT(file_replace(path_of("missing/a"), "x", 1), ERR_IO);
    EXPECT_HAS(err_text(), "missing/a");
    const char *folder = path_of("box");
    REQUIRE(file_make_dirs(path_of("box/target/inner")) == 0);
    EXPECT_INT(file_replace(path_of("box/target"), "x", 1), ERR_IO); /* a folder stands there */
    EXPECT(file_is_dir(path_of("box/target/inner")));
    EXPECT_INT(entries(folder), 1);
}

/* In a child whose files may not grow past 1000 bytes: what a full disk looks like to write(). */
static int replace_on_a_full_disk(const char *path) {
    struct rlimit limit = {1000, 1000};
    (void)signal(SIGXFSZ, SIG_IGN);
    static char big[5000];
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    return file_replace(path, big, sizeof(big)) == ERR_IO ? 0 : 2;
}

TEST(on_a_full_disk_the_old_file_stands) {
    REQUIRE(file_make_dirs(path_of("full")) == 0);
    const char *path = path_of("full/a");
    REQUIRE(file_replace(path, "old", 3) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(replace_on_a_full_disk(path));
    int status = -1;
    waitpid(pid, &status, 0);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(holds(path, "old"));
    EXPECT_INT(entries(path_of("full")), 1);
}

TEST(reading_stops_at_the_limit) {
    const char *path = path_of("limit");
    REQUIRE(file_replace(path, "12345", 5) == 0);
    struct file f = {.size = 99};
    EXPECT_INT(file_read(&f, path, 4), ERR_LIMIT);
    EXPECT_HAS(err_text(), "5 bytes; at most 4");
    EXPECT_INT(f.size, 0);
    memset(&f, 0x5a, sizeof(f)); /* whoever is done with what was never read frees nothing */
    EXPECT(file_read(&f, "/nonexistent", 4) < 0);
    file_done(&f);
    memset(&f, 0x5a, sizeof(f));
    EXPECT(file_map(&f, "/nonexistent") < 0);
    file_done(&f);
    EXPECT_INT(file_read(&f, "/dev/zero", 100000), ERR_LIMIT); /* no size to be known ahead */
    REQUIRE(file_read(&f, path, 5) == 0);
    EXPECT_INT(f.data[5], 0);
    file_done(&f);
    REQUIRE(file_read(&f, path, SIZE_MAX) == 0);
    file_done(&f);
    REQUIRE(file_read(&f, "/proc/self/status", 1 << 20) == 0); /* says it has 0 bytes */
    EXPECT_HAS((const char *)f.data, "Pid:");
    file_done(&f);
    EXPECT(f.data == NULL);
}

TEST(files_that_are_not_there_or_no_files_are_told_apart) {
    struct file f;
    EXPECT_INT(file_read(&f, path_of("none"), 10), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "none: No such file");
    EXPECT_INT(file_map(&f, path_of("none")), ERR_NOTFOUND);
    EXPECT_INT(file_read(&f, path_of(""), 10), ERR_IO);
    EXPECT_HAS(err_text(), "is a folder");
    EXPECT_INT(file_map(&f, path_of("")), ERR_IO);
    EXPECT_INT(file_map(&f, "/dev/null"), ERR_IO);
    EXPECT_HAS(err_text(), "not a regular file");
}

TEST(a_mapping_is_the_file) {
    const char *path = path_of("map");
    REQUIRE(file_replace(path, "mapped", 6) == 0);
    struct file f;
    REQUIRE(file_map(&f, path) == 0);
    EXPECT(f.room == 0 && f.size == 6 && memcmp(f.data, "mapped", 6) == 0);
    REQUIRE(unlink(path) == 0);
    EXPECT(memcmp(f.data, "mapped", 6) == 0); /* outlives the name */
    file_done(&f);
    REQUIRE(file_replace(path, "", 0) == 0);
    REQUIRE(file_map(&f, path) == 0);
    EXPECT(f.data == NULL && f.size == 0);
    file_done(&f);
    file_done(&f);
}

TEST(folders_are_made_all_the_way) {
    EXPECT_INT(file_make_dirs(path_of("x/y//z/")), 0);
    EXPECT(file_is_dir(path_of("x/y/z")));
    EXPECT_INT(file_make_dirs(path_of("x/y/z")), 0);
    EXPECT_INT(file_make_dirs("/"), 0);
    EXPECT_INT(file_make_dirs(""), 0);
    REQUIRE(file_replace(path_of("plain"), "", 0) == 0);
    EXPECT_INT(file_make_dirs(path_of("plain")), ERR_IO);
    EXPECT_INT(file_make_dirs(path_of("plain/below")), ERR_IO);
    EXPECT(file_exists(path_of("plain")) && !file_is_dir(path_of("plain")));
    EXPECT(!file_exists(path_of("plain2")));
}

TEST(paths_are_joined_and_split) {
    struct buf b;
    buf_init(&b, PATH_SIZE);
    EXPECT_STR(file_join(&b, "a", "b"), "a/b");
    EXPECT_STR(file_join(&b, "a/", "b"), "a/b");
    EXPECT_STR(file_join(&b, "", "b"), "b");
    EXPECT_STR(file_join(&b, "a", "/b"), "/b");
    EXPECT_STR(file_join(&b, "/", "b"), "/b");
    EXPECT_STR(file_base_name("a/b.c"), "b.c");
    EXPECT_STR(file_base_name("b.c"), "b.c");
    EXPECT_STR(file_base_name("a/"), "");
    buf_done(&b);
}

TEST(what_lies_below_a_folder_has_one_name) {
    static const char *const rows[][2] = {
        {"a/b",         "a/b"    },
        {"./a//b/",     "a/b"    },
        {"a/./b/.",     "a/b"    },
        {"c/../a/b",    "a/b"    },
        {"c/d/../../a", "a"      },
        {"..a/...",     "..a/..."},
        {"",            ""       },
        {"./",          ""       },
        {"a/..",        ""       },
        {"..",          NULL     },
        {"a/../../b",   NULL     },
        {"/a",          NULL     },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *plain = file_below(rows[i][0]);
        (void)test_check(rows[i][1] ? plain && strcmp(plain, rows[i][1]) == 0 : !plain, __FILE__,
                         __LINE__, "%s: %s", rows[i][0], plain ? plain : "none");
        free(plain);
    }
}

TEST(only_plain_names_are_plain) {
    static const struct {
        const char *name;
        size_t len;
        bool plain;
    } names[] = {
        {"model.safetensors", 17, true },
        {"...",               3,  true },
        {".hidden",           7,  true },
        {"é",                2,  true },
        {"",                  0,  false},
        {".",                 1,  false},
        {"..",                2,  false},
        {"a/b",               3,  false},
        {"/",                 1,  false},
        {"a\\b",              3,  false},
        {"a\0",               2,  false},
        {"a\n",               2,  false},
        {"a\x7F",             2,  false},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        EXPECT_INT(file_is_plain_name(names[i].name, names[i].len), names[i].plain);
}

static int64_t resident_pages(void) {
    long long all = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lld %lld", &all, &resident) != 2)
        test_skip("/proc/self/statm cannot be read");
    (void)fclose(f);
    return resident;
}

/* A small tensor between large ones may have brought back a large page of what had left. */
TEST(what_is_forgotten_in_pieces_below_a_page_leaves_memory) {
    enum { SIZE = 8 << 20, PIECE = 1000 };
    struct file mapped;
    char path[512];
    int64_t sum = 0, least = SIZE / sysconf(_SC_PAGESIZE) * 3 / 4;
    uint8_t *bytes = calloc(1, SIZE);
    (void)snprintf(path, sizeof(path), "%s/pieces", test_folder());
    REQUIRE(file_replace(path, bytes, SIZE) == 0 && file_map(&mapped, path) == 0);
    for (int i = 0; i < SIZE; i += 512)
        sum += mapped.data[i];
    int64_t before = resident_pages();
    for (int i = 0; i + PIECE <= SIZE; i += PIECE)
        file_forget(&mapped, mapped.data + i, PIECE);
    EXPECT(before - resident_pages() > least && sum == 0);
    file_done(&mapped);
    free(bytes);
}

TEST(what_is_forgotten_leaves_memory_and_comes_back) {
    enum { SIZE = 8 << 20 };
    struct file mapped, owned;
    char path[512];
    int64_t sum = 0, page = sysconf(_SC_PAGESIZE), least = SIZE / page * 3 / 4;
    uint8_t *bytes = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    (void)snprintf(path, sizeof(path), "%s/large", test_folder());
    REQUIRE(file_replace(path, bytes, SIZE) == 0);
    REQUIRE(file_map(&mapped, path) == 0 && file_read(&owned, path, SIZE) == 0);
    for (int i = 0; i < SIZE; i += 512)
        sum += mapped.data[i];
    int64_t before = resident_pages();
    file_forget(&mapped, mapped.data + 100, SIZE - 200);
    EXPECT(before - resident_pages() > least && sum > 0);
    file_forget(&mapped, mapped.data + 5, SIZE); /* beyond the end */
    file_forget(&mapped, bytes, SIZE);
    file_forget(&owned, owned.data, SIZE);
    EXPECT(memcmp(mapped.data, bytes, SIZE) == 0 && memcmp(owned.data, bytes, SIZE) == 0);
    file_done(&mapped);
    file_done(&owned);
    free(bytes);
}
