/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/trick/prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

/* Of those that need no more than a shell and what Debian always has. */
enum { ATTEMPTS_LEAST = 100, PATH_BYTES = 4096 };

static enum sandbox_level best(void) {
    int abi;
    return sandbox_best(&abi);
}

TEST(every_attempt_is_stopped) {
    struct prove p;
    if (best() != SANDBOX_NAMESPACES) {
        EXPECT_INT(prove_guards(&p, SANDBOX_NAMESPACES, 0, NULL), 0);
        EXPECT(p.unproven > 0); /* what was not tried is not proven */
        return;
    }
    EXPECT_INT(prove_anew(&p, SANDBOX_NAMESPACES, NULL), 0);
    EXPECT(p.tried >= ATTEMPTS_LEAST);
    EXPECT(!p.kept);
    (void)test_check(p.unproven == 0, __FILE__, __LINE__, "%zu unproven: %s", p.unproven, p.why);
}

/* The same without walls: each share of the work finds guards that hold nothing. */
TEST(what_does_harm_is_unproven) {
    struct prove p;
    EXPECT_INT(prove_anew(&p, SANDBOX_LIMITS, NULL), 0);
    EXPECT(p.tried >= ATTEMPTS_LEAST);
    (void)test_check(p.unproven >= ATTEMPTS_LEAST / 2 && p.unproven <= p.tried, __FILE__, __LINE__,
                     "%zu of %zu are unproven", p.unproven, p.tried);
    EXPECT_HAS(p.why, "NOTHING: it ");
}

TEST(limits_are_unproven_by_nature) {
    struct prove p;
    EXPECT_INT(prove_guards(&p, SANDBOX_LIMITS, SANDBOX_LIMITS, NULL), 0);
    EXPECT_INT(p.tried, 0);
    EXPECT_INT(p.unproven, 1);
    EXPECT_HAS(p.why, "\"limits\" has no walls");
}

static void spoil(const char *path, const char *from, const char *to) {
    struct file f;
    REQUIRE(file_read(&f, path, PATH_BYTES) == 0);
    char *at = memmem(f.data, f.size, from, strlen(from));
    REQUIRE(at && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
    EXPECT_INT(file_replace(path, f.data, f.size), 0);
    file_done(&f);
}

/* Kept for a day, unless it is of something else, or others may have written it. */
TEST(what_was_proven_is_kept) {
    char folder[PATH_BYTES], path[PATH_BYTES + 64];
    struct prove p;
    bool stop = true;
    if (best() != SANDBOX_NAMESPACES)
        return;
    (void)snprintf(folder, sizeof(folder), "%s", test_folder());
    (void)setenv("XDG_CACHE_HOME", folder, 1);
    (void)snprintf(path, sizeof(path), "%s/noctule/guards-namespaces.json", folder);
    EXPECT_INT(prove_guards(&p, 0, 0, NULL), 0);
    EXPECT(!p.kept && p.unproven == 0 && p.tried >= ATTEMPTS_LEAST);
    size_t tried = p.tried;
    /* From here on what is not kept would be tried, and trying is stopped at once. */
    EXPECT_INT(prove_guards(&p, 0, 0, &stop), 0);
    EXPECT(p.kept && p.unproven == 0 && p.tried == tried);
    EXPECT_INT(chmod(path, 0666), 0);
    EXPECT_INT(prove_guards(&p, 0, 0, &stop), ERR_STOPPED);
    EXPECT_INT(chmod(path, 0600), 0);
    EXPECT_INT(prove_guards(&p, 0, 0, &stop), 0);
    spoil(path, "\"at_ms\": 1", "\"at_ms\": 0");
    EXPECT_INT(prove_guards(&p, 0, 0, &stop), ERR_STOPPED);
    spoil(path, "\"at_ms\": 0", "\"at_ms\": 1");
    EXPECT_INT(prove_guards(&p, 0, 0, &stop), 0);
    (void)setenv("TMPDIR", "/var/tmp/", 1); /* another place to work in */
    EXPECT_INT(prove_guards(&p, 0, 0, &stop), ERR_STOPPED);
    (void)unsetenv("TMPDIR");
    EXPECT_INT(prove_guards(&p, SANDBOX_LANDLOCK, SANDBOX_LANDLOCK, &stop), ERR_STOPPED);
}
