/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"

enum { BAR = 24, LINE_BYTES = 512, COLUMNS_LEAST = 40, COLUMNS_USUAL = 80 };
static const int64_t TERMINAL_NS = 100000000, PLAIN_NS = 5000000000;

void progress_begin(struct progress *p, int64_t done) {
    *p = (struct progress){
        .terminal = isatty(STDERR_FILENO) == 1, .began_ns = clock_mono_ns(), .done_at_begin = done};
    p->drawn_ns = p->began_ns;
}

static size_t columns(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < COLUMNS_LEAST)
        return COLUMNS_USUAL;
    return size.ws_col;
}

/* "1:05", "2:03:04"; "?" as long as nothing says. */
static void add_duration(struct buf *out, double seconds) {
    long s = seconds < 0 || seconds > 1e7 ? -1 : (long)(seconds + 0.5);
    if (s < 0)
        buf_putc(out, '?');
    else if (s >= 3600)
        buf_printf(out, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        buf_printf(out, "%ld:%02ld", s / 60, s % 60);
}

static void add_line(struct buf *out, const struct progress *p, const struct progress_state *s) {
    double seconds = (double)(clock_mono_ns() - p->began_ns) / 1e9;
    double done = (double)(s->cases_done - p->done_at_begin);
    double left = (double)(s->cases - s->cases_done);
    buf_printf(out, "%lld/%lld cases, %zu/%zu cells, ", (long long)s->cases_done,
               (long long)s->cases, s->cells_done, s->cells);
    if (s->cases_done < s->cases) {
        add_duration(out, done > 0 ? seconds / done * left : -1);
        buf_puts(out, " left");
    } else {
        add_duration(out, seconds);
        buf_puts(out, " taken");
    }
    if (*s->current)
        buf_printf(out, "  %s", s->current);
}

static void draw(struct progress *p, const struct progress_state *s) {
    struct buf line, out;
    buf_init(&line, LINE_BYTES);
    buf_init(&out, 4 * LINE_BYTES);
    add_line(&line, p, s);
    if (!p->terminal) {
        fprintf(stderr, "sweep: %s\n", line.data);
    } else {
        int full = s->cases ? (int)(BAR * s->cases_done / s->cases) : 0;
        size_t room = columns() - BAR - 4, len = line.len < room ? line.len : room;
        buf_putc(&out, '\r');
        for (int i = 0; i < BAR; i++)
            buf_puts(&out, i < full ? "█" : "░");
        buf_printf(&out, " %.*s\033[K", (int)len, line.data);
        fputs(out.data, stderr);
        p->width = len;
    }
    (void)fflush(stderr);
    buf_done(&line);
    buf_done(&out);
}

void progress_show(struct progress *p, const struct progress_state *s, bool now) {
    int64_t time = clock_mono_ns();
    if (!now && time - p->drawn_ns < (p->terminal ? TERMINAL_NS : PLAIN_NS))
        return;
    p->drawn_ns = time;
    draw(p, s);
}

void progress_end(struct progress *p) {
    if (p->terminal && p->width)
        fputs("\r\033[K", stderr);
    (void)fflush(stderr);
}
