// Task knowledge: how hard examples were to learn, and which of them a path forgets and learns.
#ifndef MC_KNOWLEDGE_H
#define MC_KNOWLEDGE_H

#include "mc/tsv.h"

// --- training dynamics
// A table of mc-finetune --dynamics, examples in rising order, and what follows from it.
struct mc_dynamics {
    struct mc_tsv table; // rows by epoch, then example
    int n, n_epochs;
    int64_t *example;    // [n]
    const char **label;  // [n] borrowed from the table, as the next
    const char **logits; // [n_epochs, n]
    int32_t *gold;       // [n_epochs, n] place of the label in the logits
    bool *right;         // [n_epochs, n] the label was predicted
    double *p_label;     // [n_epochs, n]

    // Of an example over the epochs (Swayamdipta et al. 2020): mean of p_label, its population
    // deviation, epochs in which it was right; times that it was right and wrong an epoch later,
    // -1: it was never right (Toneva et al. 2019).
    double *confidence, *variability;
    int *correct, *forgetting;
};

// path "-": standard input. MC_ERR_INPUT: no such table, or one that is not whole: epochs 1, 2, ...
// each with the same examples, labels among them, in rising order.
int mc_dynamics_read(struct mc_dynamics *d, const char *path, struct mc_error *e) MC_MUST_USE;
void mc_dynamics_release(struct mc_dynamics *d);
// The place of an example, or -1.
int mc_dynamics_find(const struct mc_dynamics *d, int64_t example);
// Appends a table of all examples: example, label, confidence, variability, correctness (share of
// epochs), forgetting.
int mc_dynamics_table(const struct mc_dynamics *d, struct mc_buf *out,
                      struct mc_error *e) MC_MUST_USE;
// Writes a new directory that the scripts of allenai/cartography read: training_dynamics/
// dynamics_epoch_N.jsonl, N from 0, and td_metrics.jsonl, guid the number of the example.
int mc_dynamics_cartography(const struct mc_dynamics *d, const char *dir,
                            struct mc_error *e) MC_MUST_USE;

// --- the ledger of a path
// One task's examples at the points of a path: whether each is right.
struct mc_ledger {
    const char *task; // borrowed from the table
    int n, n_points;
    int64_t *example;   // [n] in rising order
    const char **label; // [n]
    double *t;          // [n_points] rising
    bool *right;        // [n_points, n]
};
struct mc_ledgers {
    struct mc_tsv table;
    struct mc_ledger *v; // in order of appearance
    int n;
};
// The per-example table of a path ("-": standard input): all tasks, or the one of that name.
// MC_ERR_INPUT: another table; one without labels; points that have not the same examples, or not
// in rising order; fewer than two points, or one twice; no such task.
int mc_ledgers_read(struct mc_ledgers *l, const char *path, const char *task,
                    struct mc_error *e) MC_MUST_USE;
void mc_ledgers_release(struct mc_ledgers *l);

// What an example does between two points.
enum mc_fate { MC_KEPT, MC_FORGOTTEN, MC_LEARNED, MC_NEVER, MC_FATES };
enum mc_fate mc_ledger_fate(const struct mc_ledger *l, int from, int to, int example);

// The difference between two groups of examples, x[n] and y[m]: the mean of y less that of x.
struct mc_group_test {
    double mean_x, mean_y; // nan where a group is empty
    double p_value;        // (1 + permutations with a difference at least as large) / (1 + all)
    double cliffs_delta;   // P(y > x) - P(y < x) (Cliff 1993)
};
// Differences within 1e-12 are none. The permutations are drawn from (seed, stream).
struct mc_permutations {
    int64_t n;
    uint64_t seed;
    uint32_t stream;
};
int mc_group_test(const double *x, int n, const double *y, int m, const struct mc_permutations *p,
                  struct mc_group_test *out, struct mc_error *e) MC_MUST_USE;

// Where the examples of a ledger stand in the dynamics: at[n]. MC_ERR_INPUT: one that is not there,
// or has another label.
int mc_ledger_match(const struct mc_ledger *l, const char *table, const struct mc_dynamics *d,
                    int *at, struct mc_error *e) MC_MUST_USE;
// Appends the header, or a row for every segment between neighbouring points and one from the first
// to the last: how many examples keep, forget, learn and never have the task; with dynamics (or
// NULL), what of them was confident and variable in training. The test's null: which of the
// examples that were right are forgotten does not hang on their confidence.
int mc_ledger_head(struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
int mc_ledger_rows(const struct mc_ledger *l, const struct mc_dynamics *d, const int *at,
                   int64_t permutations, uint64_t seed, struct mc_buf *out,
                   struct mc_error *e) MC_MUST_USE;

// --- chosen examples
// A way to choose: a row of mc_selections.
struct mc_selection {
    const char *name;
    bool of_path; // by what examples do on a path,
    enum mc_fate fate;
    // By the dynamics: smallest first; NULL: it cannot. Whether example i counts; NULL: all do.
    double (*key)(const struct mc_dynamics *d, int i, uint64_t seed);
    bool (*counts)(const struct mc_dynamics *d, int i);
};
extern const struct mc_selection mc_selections[]; // a NULL name behind the last
const struct mc_selection *mc_selection_find(const char *name);
// The names of all, "forgotten|learned|...", as a choice of an option.
enum { MC_SELECTION_CHOICES = 128 };
const char *mc_selection_choices(char out[MC_SELECTION_CHOICES]);
// The examples of a path that have the selection's fate from its first point to its last, by rising
// confidence in the dynamics, else (d NULL) by number; or, of the dynamics, those that count by the
// selection's key. Ties go by number. *out[n_out] is the caller's to free.
int mc_select_of_path(const struct mc_selection *s, const struct mc_ledger *l,
                      const struct mc_dynamics *d, const int *at, int64_t **out, int *n_out,
                      struct mc_error *e) MC_MUST_USE;
int mc_select_of_dynamics(const struct mc_selection *s, const struct mc_dynamics *d, uint64_t seed,
                          int64_t **out, int *n_out, struct mc_error *e) MC_MUST_USE;

#endif
