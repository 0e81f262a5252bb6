// What a new token set is to its maker: one line of what was taken from the rows, and whether its
// label names look like something else than names.
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mc/num.h"
#include "mc/tokens.h"

enum { FEW_LABELS = 8, ROWS_TO_JUDGE = 50 };

// What tables write for a number that is missing, or is none.
static bool no_number(const char *name) {
    static const char *const words[] = {"nan", "na", "n/a", "null", "none", "inf", "-inf"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(name, words[i]) == 0) return true;
    return false;
}

// A name that is no whole number, where all are numbers; else NULL.
static const char *decimal(const struct mc_tokens *t) {
    const char *found = NULL;
    for (int i = 0; i < t->n_labels; i++) {
        double x;
        int64_t whole;
        if (no_number(t->label_names[i])) continue;
        if (!mc_parse_f64(t->label_names[i], &x)) return NULL;
        if (!found && !mc_parse_i64(t->label_names[i], &whole)) found = t->label_names[i];
    }
    return found;
}

int mc_tokens_check_names(const struct mc_tokens *t, struct mc_error *e) {
    const char *instead = mc_tokens_t2t(t) ? "--free" : "--regression";
    if (t->n >= ROWS_TO_JUDGE && 2 * (int64_t)t->n_labels > t->n)
        return mc_fail(e, MC_ERR_INPUT,
                       "%d different labels in %lld rows: if they are no names of classes, say %s "
                       "(names all the same: --labels)",
                       t->n_labels, (long long)t->n, instead);
    const char *number = mc_tokens_t2t(t) ? NULL : decimal(t);
    if (!number) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "the labels are numbers (%s, ...): say --regression (names all the same: "
                   "--labels)",
                   number);
}

static int by_count(const void *a, const void *b) {
    const int64_t *x = a, *y = b; // count, index
    if (x[0] != y[0]) return (x[0] < y[0]) - (x[0] > y[0]);
    return (x[1] > y[1]) - (x[1] < y[1]);
}

// Names with their counts, in the order of names; of many the most frequent.
static int add_counts(const struct mc_tokens *t, struct mc_buf *out, struct mc_error *e) {
    int64_t(*count)[2] = mc_new((size_t)t->n_labels, sizeof *count, e);
    if (!count) return MC_ERR_MEM;
    int rc = 0, show = t->n_labels < FEW_LABELS ? t->n_labels : FEW_LABELS;
    for (int k = 0; k < t->n_labels; k++) count[k][1] = k;
    for (int64_t i = 0; i < t->n; i++) count[t->labels[i]][0]++;
    if (show < t->n_labels) qsort(count, (size_t)t->n_labels, sizeof *count, by_count);
    for (int k = 0; k < show && rc == 0; k++)
        rc = mc_buf_printf(out, e, "%s%s %lld", k ? ", " : ": ", t->label_names[count[k][1]],
                           (long long)count[k][0]);
    if (rc == 0 && show < t->n_labels)
        rc = mc_buf_printf(out, e, " and %d more", t->n_labels - show);
    free(count);
    return rc;
}

static int add_range(const struct mc_tokens *t, struct mc_buf *out, struct mc_error *e) {
    double low = t->values[0], high = low, sum = 0;
    for (int64_t i = 0; i < t->n; i++) {
        low = t->values[i] < low ? t->values[i] : low;
        high = t->values[i] > high ? t->values[i] : high;
        sum += t->values[i];
    }
    return mc_buf_printf(out, e, ": from %.9g to %.9g, mean %.9g", low, high, sum / (double)t->n);
}

int mc_tokens_summary(const struct mc_tokens *t, const char *columns, struct mc_buf *out,
                      struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, "%lld row%s, %s", (long long)t->n, mc_s(t->n), columns));
    if (t->labels) MC_TRY(add_counts(t, out, e));
    if (t->values) MC_TRY(add_range(t, out, e));
    MC_TRY(mc_buf_printf(out, e, "; longest %d token%s", t->max_len, mc_s(t->max_len)));
    return t->target_ids ? mc_buf_printf(out, e, ", target %d", t->max_target) : 0;
}
