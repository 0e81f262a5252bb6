// The tables that mc-eval writes.
#ifndef MC_REPORT_H
#define MC_REPORT_H

#include "mc/eval.h"
#include "mc/tsv.h"

// The columns of the three tables, metrics aside: who reads one of them finds its names here.
enum mc_report_column {
    MC_REPORT_POINT,
    MC_REPORT_T,
    MC_REPORT_TASK,
    MC_REPORT_N,
    MC_REPORT_FROM,
    MC_REPORT_TO,
    MC_REPORT_STEP,
    MC_REPORT_X,
    MC_REPORT_Y,
    MC_REPORT_S,
    MC_REPORT_GROUP,
    MC_REPORT_EXAMPLE,
    MC_REPORT_LABEL,
    MC_REPORT_PREDICTED,
    MC_REPORT_P_LABEL,
    MC_REPORT_SCORE,
    MC_REPORT_TARGET,
    MC_REPORT_IDS,
    MC_REPORT_TEXT,
    MC_REPORT_COLUMNS
};
extern const struct mc_column mc_report_columns[MC_REPORT_COLUMNS];

// Room for the name of a group of tensors, of a kind of path.
enum { MC_REPORT_GROUP_TEXT = 512, MC_REPORT_KIND_TEXT = 64 };

// What a row says of the model beside its metrics, from the model's metadata.
struct mc_point {
    int64_t index;
    double t, step, x, y, s;                       // nan where none
    char from[MC_DIGEST_TEXT], to[MC_DIGEST_TEXT]; // empty where none
    char group[MC_REPORT_GROUP_TEXT];              // likewise
    char kind[MC_REPORT_KIND_TEXT];                // of the path, "": on none
};
// index: the model's number in the stream, from 0. MC_ERR_INPUT: mc.t, mc.step or mc.curve is
// damaged.
int mc_point_of(const struct mc_model *m, int64_t index, struct mc_point *p,
                struct mc_error *e) MC_MUST_USE;

// Points of the path that the model is one of, by its mc.curve; 0 where it says nothing.
int64_t mc_point_count(const struct mc_model *m);

// The table. Its last newline is written by _end alone, once all has gone well: whatever breaks off
// before leaves a table that readers know to be cut, even when it has a row of every point.
int mc_report_head(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
int mc_report_row(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                  const struct mc_metrics *m, struct mc_error *e) MC_MUST_USE;
int mc_report_end(struct mc_out *o, struct mc_error *e) MC_MUST_USE;

// A row for every example of a task that was evaluated at a point.
int mc_report_each_head(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
int mc_report_each(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                   const struct mc_scores *s, struct mc_error *e) MC_MUST_USE;

// What a text-to-text model wrote: ids from the start token on, and text with tab, line ends and
// backslash as \t, \n, \r, \\.
int mc_report_outputs_head(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
int mc_report_outputs(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                      int start_id, const struct mc_scores *s, struct mc_error *e) MC_MUST_USE;

// The tables of a program that evaluates: the last two where they are asked for. None begins before
// there is something to say.
struct mc_reports {
    struct mc_out table, each, outputs;
    bool has_each, has_outputs, begun;
};
// Paths, NULL for what is not asked for. *r is all zeros before, and aborted in any case.
int mc_reports_open(struct mc_reports *r, const char *table, const char *each, const char *outputs,
                    struct mc_error *e) MC_MUST_USE;
// The examples of a task in memory, evaluated at a point by a model with that start token.
int mc_reports_examples(struct mc_reports *r, const struct mc_point *p, const struct mc_task *t,
                        int start_id, const struct mc_scores *s, struct mc_error *e) MC_MUST_USE;
// After the last row of the table.
int mc_reports_close(struct mc_reports *r, struct mc_error *e) MC_MUST_USE;
void mc_reports_abort(struct mc_reports *r);

#endif
