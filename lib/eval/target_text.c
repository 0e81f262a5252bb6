// Text to text: the cross-entropy of every token of a target. Evaluated by the targets of labels,
// the most probable one as prediction, or by text that is written token by token.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/detokenize.h"
#include "mc/objective.h"

static bool serves(const struct mc_model *m) { return m->config.arch->text_to_text; }

static int takes(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                 struct mc_error *e) {
    (void)m;
    if (mc_tokens_t2t(t)) return 0;
    return mc_tokens_refuse(t, set, "a text-to-text model", "mc-tokenize --target", e);
}

static int open(struct mc_batches *b, struct mc_error *e) {
    if (!b->set->target_ids)
        return mc_fail(e, MC_ERR_INPUT, "%s: its examples have no labels%s", b->name,
                       mc_tokens_t2t(b->set) ? " or targets" : "");
    return mc_set_batches_open(b, NULL, e);
}

// --- labels scored

// The label of the largest probability, and that of the gold one, from the sums nll[n_labels].
static void choose_label(const double *nll, int n_labels, int gold, int32_t *predicted,
                         double *p_gold) {
    int best = 0;
    for (int k = 1; k < n_labels; k++)
        if (nll[k] < nll[best]) best = k;
    double sum = 0;
    for (int k = 0; k < n_labels; k++) sum += exp(nll[best] - nll[k]);
    *predicted = best;
    *p_gold = exp(nll[best] - nll[gold]) / sum;
}

static int score_labels(struct mc_evaluator *v, struct mc_batch b, const struct mc_task *t,
                        struct mc_scores *s, struct mc_error *e) {
    int n_labels = t->tokens.n_labels;
    const int64_t *at = t->tokens.label_target_offset;
    MC_TRY(mc_scores_reserve_logits(s, n_labels, e));
    double *nll = s->logit; // but for the sign
    b.target_ids = t->tokens.label_target_ids;
    b.target_offset = at;
    b.per = n_labels;
    const struct mc_result r = {.nll = nll};
    int rc = mc_evaluator_run(v, t, &b, &r, e);
    for (int64_t i = 0; rc == 0 && i < s->n; i++) {
        int gold = t->label[mc_task_example(t, i)];
        const double *mine = nll + i * n_labels;
        choose_label(mine, n_labels, gold, &s->predicted[i], &s->p_label[i]);
        s->loss[i] = mine[gold] / (double)(at[gold + 1] - at[gold]);
        for (int k = 0; k < n_labels; k++)
            if (!isfinite(mine[k])) s->loss[i] = NAN;
    }
    for (int64_t i = 0; i < s->n * n_labels; i++) nll[i] = -nll[i];
    return rc;
}

// --- text written

static int text_of(const struct mc_task *t, const int32_t *ids, int64_t n, struct mc_buf *out,
                   struct mc_error *e) {
    const struct mc_tokens *d = &t->tokens;
    MC_TRY(mc_detokenize(d->decoder, (const char *const *)t->piece, ids, n, (int32_t)d->n_pieces,
                         out, e));
    return mc_buf_add(out, "", 1, e);
}

// The texts of all labels' targets, each with its NUL.
static int label_texts(const struct mc_task *t, struct mc_buf *out, struct mc_error *e) {
    const int64_t *at = t->tokens.label_target_offset;
    for (int k = 0; t->label && k < t->tokens.n_labels; k++)
        MC_TRY(text_of(t, t->tokens.label_target_ids + at[k], at[k + 1] - at[k], out, e));
    return 0;
}

// Special tokens are not written: targets that differ by these alone are one text.
static int check_label_texts(const struct mc_task *t, const char *text, struct mc_error *e) {
    for (int i = 0; t->label && i < t->tokens.n_labels; i++, text += strlen(text) + 1) {
        const char *other = text + strlen(text) + 1;
        for (int k = i + 1; k < t->tokens.n_labels; k++, other += strlen(other) + 1)
            if (strcmp(text, other) == 0)
                return mc_fail(e, MC_ERR_INPUT,
                               "%s: labels '%s' and '%s' are written alike: '%s' (--decode score "
                               "tells them apart)",
                               t->name, t->tokens.label_names[i], t->tokens.label_names[k], text);
    }
    return 0;
}

static int judge(const struct mc_task *t, const struct mc_buf *labels, struct mc_scores *s,
                 struct mc_error *e) {
    const char *text = s->text.p;
    struct mc_buf gold = {0};
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i < s->n; i++, text += strlen(text) + 1) {
        int64_t ex = mc_task_example(t, i);
        const struct mc_tokens *d = &t->tokens;
        const char *label = labels->p;
        for (int k = 0; t->label && k < d->n_labels; k++, label += strlen(label) + 1)
            if (s->predicted[i] < 0 && strcmp(label, text) == 0) s->predicted[i] = k;
        const char *answers = d->answers ? d->answers + d->answer_offset[ex] : NULL,
                   *end = d->answers ? d->answers + d->answer_offset[ex + 1] : NULL;
        if (!answers && d->target_ids) {
            gold.n = 0;
            rc = text_of(t, d->target_ids + d->target_offset[ex],
                         d->target_offset[ex + 1] - d->target_offset[ex], &gold, e);
            answers = gold.p;
            end = gold.p + gold.n;
        }
        if (rc == 0 && answers)
            rc = mc_answer_scores(text, answers, end, &s->exact_match[i], &s->token_f1[i], e);
    }
    mc_buf_release(&gold);
    return rc;
}

static int reserve_ids(struct mc_scores *s, int max_new, struct mc_error *e) {
    int64_t need = s->cap * max_new;
    s->max_new = max_new;
    s->text.n = 0;
    if (need <= s->cap_ids) return 0;
    free(s->ids);
    free(s->len);
    s->cap_ids = 0;
    s->ids = mc_new((size_t)need, sizeof *s->ids, e);
    s->len = mc_new((size_t)s->cap, sizeof *s->len, e);
    if (!s->ids || !s->len) return MC_ERR_MEM;
    s->cap_ids = need;
    return 0;
}

static int write_text(struct mc_evaluator *v, struct mc_batch b, const struct mc_task *t,
                      struct mc_scores *s, struct mc_error *e) {
    MC_TRY(reserve_ids(s, v->max_new, e));
    b.target_ids = t->tokens.target_ids;
    b.target_offset = t->tokens.target_offset;
    const struct mc_result r = {.loss = s->loss, .p_label = s->p_label};
    if (mc_run_decode(v->run, &b, v->max_new, s->ids, s->len, &r, e) < 0)
        return e->code == MC_ERR_NUM ? mc_fail_in(e, "%s", t->name) : e->code;
    for (int64_t i = 0; i < s->n; i++)
        MC_TRY(text_of(t, s->ids + i * s->max_new, s->len[i], &s->text, e));
    struct mc_buf labels = {0};
    int rc = label_texts(t, &labels, e);
    if (rc == 0) rc = check_label_texts(t, labels.p, e);
    if (rc == 0) rc = judge(t, &labels, s, e);
    mc_buf_release(&labels);
    return rc;
}

// --- either

static int way_of(const struct mc_evaluator *v, const struct mc_task *t, enum mc_decode *way,
                  struct mc_error *e) {
    *way = v->decode != MC_DECODE_AUTO ? v->decode : t->label ? MC_DECODE_SCORE : MC_DECODE_GREEDY;
    if (*way == MC_DECODE_SCORE && !t->label)
        return mc_fail(e, MC_ERR_INPUT, "%s: no labels whose targets could be scored", t->name);
    if (*way == MC_DECODE_GREEDY && (!t->piece || !t->tokens.decoder))
        return mc_fail(e, MC_ERR_INPUT, "%s: no %s to write text with: tokenize it anew", t->name,
                       t->piece ? "decoder" : "pieces");
    struct mc_buf none = {0}; // whether the decoder is known
    int rc = *way == MC_DECODE_GREEDY ? text_of(t, NULL, 0, &none, e) : 0;
    mc_buf_release(&none);
    return rc < 0 ? mc_fail_in(e, "%s", t->name) : 0;
}

static int score(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                 struct mc_scores *s, struct mc_error *e) {
    enum mc_decode way;
    MC_TRY(way_of(v, t, &way, e));
    s->labels = t->tokens.label_names;
    s->n_labels = t->tokens.n_labels;
    bool writes = way == MC_DECODE_GREEDY;
    MC_TRY(mc_evaluator_prepare(v, m, &mc_readout_targets, writes, e));
    return (writes ? write_text : score_labels)(v, mc_task_batch(t), t, s, e);
}

// Without gold there is text, whatever it is: a logit that is not finite has ended the writing.
static bool finite(const struct mc_scores *s, bool gold, int64_t i) {
    return !gold || isfinite(s->loss[i]);
}

const struct mc_objective mc_objective_target_text = {.name = "target text",
                                                      .serves = serves,
                                                      .readout = &mc_readout_targets,
                                                      .takes = takes,
                                                      .open = open,
                                                      .next = mc_set_batches_next,
                                                      .close = mc_set_batches_close,
                                                      .score = score,
                                                      .finite = finite};
