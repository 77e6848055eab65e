/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep on a disk that fills up: one clear sentence, nothing half-written, and once there is
 * space again the run is finished. Needs the right to mount; says so and is skipped without. */
#include <errno.h>
#include <sys/mount.h>

#include "tests/orchestrator/sweep/checkout.h"

enum { CASES = 120 };

static void fill_disk(void) {
    static const char chunk[4096];
    FILE *f = fopen(checkout_path("logs/ballast"), "w");
    REQUIRE(f);
    while (fwrite(chunk, 1, sizeof(chunk), f) == sizeof(chunk) && fflush(f) == 0) {
    }
    (void)fclose(f); /* it is full: that is the point */
}

static void write_cases(void) {
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_puts(&text, "first wait\n");
    for (int i = 1; i < CASES; i++)
        buf_printf(&text, "c%03d loud\n", i);
    checkout_cases("alpha", text.data);
    buf_done(&text);
}

/* Without huge pages where the kernel knows them: a file in one goes on growing in it
 * when the disk has long been full. */
static void mount_small(const char *path) {
    if (mount("tmpfs", path, "tmpfs", 0, "size=40m,huge=never") != 0 &&
        mount("tmpfs", path, "tmpfs", 0, "size=40m") != 0)
        test_skip(errno == EPERM ? "no right to mount a tmpfs" : "tmpfs cannot be mounted here");
}

TEST(a_full_disk_stops_the_sweep_and_resume_finishes_it) {
    struct checkout_view v;
    checkout_make(0);
    write_cases();
    EXPECT(file_make_dirs(checkout_path("logs")) == 0);
    mount_small(checkout_path("logs"));
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    fill_disk();
    checkout_write("go", "");
    EXPECT_INT(checkout_wait(pid), 2);
    EXPECT_HAS(checkout_said, "full");
    EXPECT_HAS(checkout_said, "--resume");
    EXPECT_INT(checkout_run("sweep --resume"), 2); /* still full: the same sentence, no harm */
    EXPECT(unlink(checkout_path("logs/ballast")) == 0);
    EXPECT_INT(checkout_run("sweep --resume"), 0);
    checkout_look(&v);
    EXPECT_INT(v.run.id, 1);
    EXPECT_INT(v.run.state, RUN_FINISHED);
    EXPECT_INT(v.run.recorded, CASES);
    checkout_look_away(&v);
    EXPECT_INT(checkout_run("db rebuild"), 0); /* every line of the journal is whole */
    EXPECT(umount2(checkout_path("logs"), MNT_DETACH) == 0);
}
