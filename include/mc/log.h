// What a program says on stderr: notes, warnings, progress.
#ifndef MC_LOG_H
#define MC_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/err.h"

struct mc_log {
    const char *prog;
    bool quiet;   // -q: errors only
    bool verbose; // -v: details too
    bool to_file; // -o: no data go to standard output
};

void mc_note(const struct mc_log *l, const char *fmt, ...) MC_PRINTF(2, 3);   // always, but for -q
void mc_detail(const struct mc_log *l, const char *fmt, ...) MC_PRINTF(2, 3); // with -v
double mc_now_s(void);                                                        // monotonic seconds
double mc_peak_mb(void); // the most memory the process has had, in 10^6 bytes

// Done of total, rate, time left: a line that rewrites itself where stderr is a terminal and no
// data go to one; elsewhere a line now and then, the first after 30 seconds.
struct mc_progress {
    const struct mc_log *log;
    const char *unit; // "steps", "models"
    int64_t total;    // 0 when not known
    double start_s, shown_s;
    bool on, redraws, drawn; // drawn: a line stands that has not ended
};

// Starts the clock; total 0: not known. l is borrowed until the end.
void mc_progress_init(struct mc_progress *p, const struct mc_log *l, const char *unit,
                      int64_t total);
// done units are done; shown when it is time. extra: a short text behind the line, or NULL.
void mc_progress_at(struct mc_progress *p, int64_t done, const char *extra);
// Ends the line that stands, so that what is printed next begins one.
void mc_progress_end(struct mc_progress *p);

#endif
