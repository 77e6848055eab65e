/* SPDX-License-Identifier: Apache-2.0 */
/* driver: runs a fuzz target without libFuzzer, as a test.
 *
 *     fuzz.x INPUT_MS RSS_MIB PATH…
 *
 * Each file of the corpus goes in as it is, cut off at every byte, and with each bit of its head
 * flipped. An input that crashes, takes over INPUT_MS or brings the process over RSS_MIB is left
 * beside the program as fuzz.x.crash, which the next run takes as a PATH. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* There in a build with a sanitizer, which then ends the process in its own way. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

enum {
    FLIP_BYTES = 300,            /* headers and lengths stand here */
    CUT_EVERY_BYTE_UP_TO = 4096, /* larger files are cut at CUTS offsets instead */
    CUTS = 1024,
    FILE_MAX = 64 << 20,
    HANG_FACTOR = 40, /* the alarm that ends a hang, in input budgets */
};

static struct {
    double input_ms;
    long rss_kib;
    char find_path[4096];
    const uint8_t *data; /* the input in flight, for the signal handler */
    size_t size;
    char what[512]; /* what the input is, for a person */
    long inputs;
} run;

/* Only async-signal-safe calls: it runs in the handler too. */
static void save_find(void) {
    int fd = open(run.find_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    size_t done = 0;
    while (fd >= 0 && done < run.size) {
        ssize_t n = write(fd, run.data + done, run.size - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (fd >= 0)
        (void)close(fd);
}

static void say_find(const char *verdict) {
    const char *const parts[] = {verdict, run.what, ", saved as ", run.find_path, "\n"};
    save_find();
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        (void)!write(STDERR_FILENO, parts[i], strlen(parts[i]));
}

static void on_death(void) {
    say_find("crashes: ");
}

static void on_signal(int sig) {
    say_find(sig == SIGALRM ? "hangs: " : "crashes: ");
    _exit(1);
}

/* A stack that overflows leaves no room for the handler, so that has a stack of its own. */
static void catch_signals(void) {
    static uint8_t stack[64 << 10];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    (void)sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    (void)sigaction(SIGALRM, &action, NULL);
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(on_death);
        return;
    }
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        (void)sigaction(crashes[i], &action, NULL);
}

static double now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char *why, double figure) {
    save_find();
    fprintf(stderr, "%s (%.0f): %s, saved as %s\n", why, figure, run.what, run.find_path);
    exit(1);
}

static double time_input(const uint8_t *data, size_t size) {
    (void)alarm((unsigned)(run.input_ms * HANG_FACTOR / 1000) + 1);
    double before = now_ms();
    (void)LLVMFuzzerTestOneInput(data, size);
    double ms = now_ms() - before;
    (void)alarm(0);
    return ms;
}

/* A machine can stumble, so a slow input has a second try.
 * The bytes are copied to a block of exactly their size, so that a sanitizer sees every overrun. */
static void feed(const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    run.data = copy;
    run.size = size;
    double ms = time_input(copy, size);
    if (ms > run.input_ms)
        ms = time_input(copy, size);
    if (ms > run.input_ms)
        fail("takes too many milliseconds", ms);
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss > run.rss_kib)
        fail("takes too much memory, KiB", (double)usage.ru_maxrss);
    run.inputs++;
    free(copy);
}

static void feed_variants(const char *path, uint8_t *bytes, size_t size) {
    (void)snprintf(run.what, sizeof(run.what), "%s", path);
    feed(bytes, size);
    size_t step = size <= CUT_EVERY_BYTE_UP_TO ? 1 : size / CUTS;
    for (size_t len = 0; len < size; len += step) {
        (void)snprintf(run.what, sizeof(run.what), "%s cut at byte %zu", path, len);
        feed(bytes, len);
    }
    for (size_t bit = 0; bit < 8 * (size < FLIP_BYTES ? size : FLIP_BYTES); bit++) {
        (void)snprintf(run.what, sizeof(run.what), "%s with bit %zu of byte %zu flipped", path,
                       bit % 8, bit / 8);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        feed(bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void feed_file(const char *path, size_t size) {
    uint8_t *bytes = malloc(size ? size : 1);
    FILE *f = fopen(path, "rb");
    if (!bytes || !f || fread(bytes, 1, size, f) != size) {
        fprintf(stderr, "reading %s: %s\n", path, strerror(errno));
        exit(2);
    }
    (void)fclose(f);
    feed_variants(path, bytes, size);
    free(bytes);
}

static void feed_path(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size > FILE_MAX)) {
        fprintf(stderr, "%s: %s\n", path, errno ? strerror(errno) : "too large for a corpus");
        exit(2);
    }
    if (!S_ISDIR(st.st_mode)) {
        feed_file(path, (size_t)st.st_size);
        return;
    }
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char child[4096];
        if (entries[i]->d_name[0] != '.') {
            (void)snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);
            feed_path(child);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: %s INPUT_MS RSS_MIB FILE-OR-FOLDER…\n", argv[0]);
        return 2;
    }
    run.input_ms = strtod(argv[1], NULL);
    run.rss_kib = strtol(argv[2], NULL, 10) * 1024;
    (void)snprintf(run.find_path, sizeof(run.find_path), "%s.crash", argv[0]);
    catch_signals();
    for (int i = 3; i < argc; i++)
        feed_path(argv[i]);
    if (run.inputs == 0) {
        fprintf(stderr, "%s: the corpus is empty\n", argv[0]);
        return 1;
    }
    printf("%ld inputs\n", run.inputs);
    return 0;
}
