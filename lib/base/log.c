#include "mc/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void MC_PRINTF(2, 0) say(const struct mc_log *l, const char *fmt, va_list ap) {
    flockfile(stderr);
    fprintf(stderr, "%s: ", l->prog);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    funlockfile(stderr);
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
    p->on = !l->quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

void mc_progress_at(struct mc_progress *p, int64_t done, const char *extra) {
    if (!p->on) return;
    double now = mc_now_s(), spent = now - p->start_s;
    if (now - p->shown_s < 0.2 && done != p->total) return;
    p->shown_s = now;
    double rate = spent > 0 ? (double)done / spent : 0;
    fprintf(stderr, "\r%s: %lld", p->log->prog, (long long)done);
    if (p->total) fprintf(stderr, " of %lld", (long long)p->total);
    fprintf(stderr, " %s, %.3g per second", p->unit, rate);
    if (p->total && rate > 0) {
        long left = (long)((double)(p->total - done) / rate + .5);
        fprintf(stderr, ", %ld:%02ld left", left / 60, left % 60);
    }
    fprintf(stderr, "%s%s\033[K", extra ? ", " : "", extra ? extra : "");
    fflush(stderr);
}

void mc_progress_end(struct mc_progress *p) {
    if (p->on) fputc('\n', stderr);
    p->on = false;
}
