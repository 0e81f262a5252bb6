// The values of a model on the examples of a task: their memory.
#include <math.h>
#include <stdlib.h>

#include "mc/eval.h"

enum { ARRAYS = 6 };

static double **array_of(struct mc_scores *s, int k) {
    double **const v[ARRAYS] = {&s->loss,     &s->p_label, &s->exact_match,
                                &s->token_f1, &s->score,   &s->loss_cal};
    return v[k];
}

void mc_scores_release(struct mc_scores *s) {
    for (int k = 0; k < ARRAYS; k++) free(*array_of(s, k));
    free(s->predicted);
    free(s->logit);
    free(s->ids);
    free(s->len);
    mc_buf_release(&s->text);
    *s = (struct mc_scores){0};
}

int mc_scores_reserve(struct mc_scores *s, int64_t n, struct mc_error *e) {
    if (n > s->cap) {
        mc_scores_release(s);
        for (int k = 0; k < ARRAYS; k++)
            if (!(*array_of(s, k) = mc_new((size_t)n, sizeof(double), e))) return MC_ERR_MEM;
        if (!(s->predicted = mc_new((size_t)n, sizeof *s->predicted, e))) return MC_ERR_MEM;
        s->cap = n;
    }
    s->n = n;
    s->max_new = 0;
    s->has_logits = false;
    s->temperature = s->js_0 = NAN;
    for (int64_t i = 0; i < n; i++) {
        for (int k = 0; k < ARRAYS; k++) (*array_of(s, k))[i] = NAN;
        s->predicted[i] = -1;
    }
    return 0;
}

int mc_scores_reserve_logits(struct mc_scores *s, int n_labels, struct mc_error *e) {
    int64_t need = s->n * n_labels;
    s->has_logits = true;
    if (need <= s->cap_logits) return 0;
    free(s->logit);
    s->cap_logits = 0;
    if (!(s->logit = mc_new((size_t)need, sizeof *s->logit, e))) return MC_ERR_MEM;
    s->cap_logits = need;
    return 0;
}
