// What a program says on stderr: notes, and a line of progress that rewrites itself on a terminal.
#include "mc/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

// A line that rewrites itself, and lines where nothing can be rewritten: seconds between two.
static const double REDRAW_S = .2, LINE_S = 30;
enum { LINE = 4096 };

// Control characters, as the names and texts of files may have, must neither end the line nor
// command the terminal.
static void MC_PRINTF(2, 0) say(const struct mc_log *l, const char *fmt, va_list ap) {
    char text[LINE];
    vsnprintf(text, sizeof text, fmt, ap);
    mc_one_line(text);
    fprintf(stderr, "%s: %s\n", l->prog, text);
}

void mc_note(const struct mc_log *l, const char *fmt, ...) {
    if (l->quiet) return;
    va_list ap;
    va_start(ap, fmt);
    say(l, fmt, ap);
    va_end(ap);
}

void mc_detail(const struct mc_log *l, const char *fmt, ...) {
    if (!l->verbose) return;
    va_list ap;
    va_start(ap, fmt);
    say(l, fmt, ap);
    va_end(ap);
}

double mc_now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double mc_peak_mb(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss * 1.024e-3; // Linux counts in units of 1,024 bytes
}

void mc_progress_init(struct mc_progress *p, const struct mc_log *l, const char *unit,
                      int64_t total) {
    *p = (struct mc_progress){.log = l, .unit = unit, .total = total, .start_s = mc_now_s()};
    p->on = !l->quiet;
    p->redraws = isatty(STDERR_FILENO) && (l->to_file || !isatty(STDOUT_FILENO));
    p->shown_s = p->redraws ? 0 : p->start_s;
}

void mc_progress_at(struct mc_progress *p, int64_t done, const char *extra) {
    if (!p->on) return;
    double now = mc_now_s(), spent = now - p->start_s;
    if (now - p->shown_s < (p->redraws ? REDRAW_S : LINE_S) && !(p->redraws && done == p->total))
        return;
    p->shown_s = now;
    double rate = spent > 0 ? (double)done / spent : 0;
    char line[LINE];
    int n = snprintf(line, sizeof line, "%lld", (long long)done);
    if (p->total) n += snprintf(line + n, LINE - (size_t)n, " of %lld", (long long)p->total);
    n += snprintf(line + n, LINE - (size_t)n, " %s, %.3g per second", p->unit, rate);
    if (p->total && rate > 0) {
        long left = (long)((double)(p->total - done) / rate + .5);
        n += snprintf(line + n, LINE - (size_t)n, ", %ld:%02ld left", left / 60, left % 60);
    }
    if (extra) snprintf(line + n, LINE - (size_t)n, ", %.200s", extra);
    fprintf(stderr, p->redraws ? "\r%s: %s\033[K" : "%s: %s\n", p->log->prog, line);
    fflush(stderr);
    p->drawn = p->redraws;
}

void mc_progress_end(struct mc_progress *p) {
    if (p->drawn) fputc('\n', stderr);
    p->on = p->drawn = false;
}
