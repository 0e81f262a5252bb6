// One model on one token set: classes or a number from a head, or, of a text-to-text model, the
// labels' targets scored or text written.
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/detokenize.h"
#include "mc/eval.h"

enum { ARRAYS = 5 };

static double **array_of(struct mc_scores *s, int k) {
    double **const v[ARRAYS] = {&s->loss, &s->p_label, &s->exact_match, &s->token_f1, &s->score};
    return v[k];
}

void mc_scores_release(struct mc_scores *s) {
    for (int k = 0; k < ARRAYS; k++) free(*array_of(s, k));
    free(s->predicted);
    free(s->ids);
    free(s->len);
    mc_buf_release(&s->text);
    *s = (struct mc_scores){0};
}

static int scores_room(struct mc_scores *s, int64_t n, struct mc_error *e) {
    if (n > s->room) {
        mc_scores_release(s);
        for (int k = 0; k < ARRAYS; k++)
            if (!(*array_of(s, k) = mc_new((size_t)n, sizeof(double), e))) return MC_ERR_MEM;
        if (!(s->predicted = mc_new((size_t)n, sizeof *s->predicted, e))) return MC_ERR_MEM;
        s->room = n;
    }
    s->n = n;
    s->max_new = 0;
    for (int64_t i = 0; i < n; i++) {
        for (int k = 0; k < ARRAYS; k++) (*array_of(s, k))[i] = NAN;
        s->predicted[i] = -1;
    }
    return 0;
}

void mc_evaluator_init(struct mc_evaluator *v, struct mc_pool *pool, enum mc_precision precision) {
    *v = (struct mc_evaluator){.pool = pool, .precision = precision, .max_new = 64};
}

static void drop_run(struct mc_evaluator *v) {
    mc_run_free(v->run);
    mc_plan_release(&v->plan);
    mc_table_release(&v->table);
    mc_buf_release(&v->config);
    mc_method_release(&v->method);
    v->run = NULL;
}

void mc_evaluator_release(struct mc_evaluator *v) { drop_run(v); }

static bool same_table(const struct mc_table *a, const struct mc_table *b) {
    return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, (size_t)a->n * sizeof *a->p) == 0);
}

// The plan keeps a table of its own: the models that pass through are replaced under it.
static int make_run(struct mc_evaluator *v, const struct mc_model *m, const struct mc_view *view,
                    bool decodes, struct mc_error *e) {
    drop_run(v);
    MC_TRY(mc_config_lines(&m->config, &v->config, e));
    MC_TRY(mc_method_of(&v->method, m, e));
    enum mc_plan_use use = decodes ? MC_TO_DECODE : MC_TO_EVALUATE;
    MC_TRY(mc_method_plan(&v->method, m, view, use, 0, v->precision, &v->plan, e));
    MC_TRY(mc_table_copy(&v->table, &view->table, e));
    v->plan.table = &v->table;
    v->decodes = decodes;
    v->run = mc_run_new(&v->plan, v->pool, e);
    return v->run ? 0 : MC_ERR_MEM;
}

static int suit(struct mc_evaluator *v, const struct mc_model *m, bool decodes,
                struct mc_error *e) {
    struct mc_buf config = {0};
    struct mc_view view = {0};
    int rc = mc_config_lines(&m->config, &config, e);
    if (rc == 0) rc = mc_view_open(&view, m, e);
    bool same = rc == 0 && v->run && v->decodes == decodes && same_table(&v->table, &view.table) &&
                mc_method_is(&v->method, m) && strcmp(v->config.p, config.p) == 0;
    if (rc == 0 && !same) rc = make_run(v, m, &view, decodes, e);
    if (rc == 0) mc_run_bind(v->run, view.w, NULL);
    mc_view_release(&view);
    mc_buf_release(&config);
    return rc;
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
    double *nll = mc_new((size_t)s->n * (size_t)n_labels, sizeof *nll, e);
    if (!nll) return MC_ERR_MEM;
    b.target_ids = t->tokens.label_target_ids;
    b.target_offset = at;
    b.per = n_labels;
    const struct mc_result r = {.nll = nll};
    int rc = mc_run_batch(v->run, &b, NULL, &r, e);
    for (int64_t i = 0; rc == 0 && i < s->n; i++) {
        int gold = t->label[mc_task_example(t, i)];
        const double *mine = nll + i * n_labels;
        choose_label(mine, n_labels, gold, &s->predicted[i], &s->p_label[i]);
        s->loss[i] = mine[gold] / (double)(at[gold + 1] - at[gold]);
        for (int k = 0; k < n_labels; k++)
            if (!isfinite(mine[k])) s->loss[i] = NAN;
    }
    free(nll);
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

static int ids_room(struct mc_scores *s, int max_new, struct mc_error *e) {
    int64_t need = s->room * max_new;
    s->max_new = max_new;
    s->text.n = 0;
    if (need <= s->ids_room) return 0;
    free(s->ids);
    free(s->len);
    s->ids_room = 0;
    s->ids = mc_new((size_t)need, sizeof *s->ids, e);
    s->len = mc_new((size_t)s->room, sizeof *s->len, e);
    if (!s->ids || !s->len) return MC_ERR_MEM;
    s->ids_room = need;
    return 0;
}

static int write_text(struct mc_evaluator *v, struct mc_batch b, const struct mc_task *t,
                      struct mc_scores *s, struct mc_error *e) {
    MC_TRY(ids_room(s, v->max_new, e));
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

// --- any

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

static int by_kind(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                   struct mc_scores *s, struct mc_error *e) {
    struct mc_batch b = {.n = (int)t->n,
                         .pick = t->pick,
                         .offset = t->tokens.offset,
                         .ids = t->tokens.ids,
                         .types = t->tokens.types};
    if (m->config.arch->text_to_text) {
        enum mc_decode way;
        MC_TRY(way_of(v, t, &way, e));
        s->labels = t->tokens.label_names;
        s->n_labels = t->tokens.n_labels;
        MC_TRY(suit(v, m, way == MC_DECODE_GREEDY, e));
        return (way == MC_DECODE_GREEDY ? write_text : score_labels)(v, b, t, s, e);
    }
    s->labels = m->labels;
    s->n_labels = m->n_labels;
    MC_TRY(suit(v, m, false, e));
    b.label = t->label;
    b.value = t->tokens.values;
    float *logits = m->n_labels == 1 ? mc_new((size_t)s->n, sizeof *logits, e) : NULL;
    if (m->n_labels == 1 && !logits) return MC_ERR_MEM;
    const struct mc_result r = {
        .loss = s->loss, .p_label = s->p_label, .predicted = s->predicted, .logits = logits};
    int rc = mc_run_batch(v->run, &b, NULL, &r, e);
    for (int64_t i = 0; logits && i < s->n; i++) s->score[i] = (double)logits[i];
    free(logits);
    return rc;
}

// Tokens of all sequences of a pass: the run counts them in an int.
static bool too_many(const struct mc_task *t) {
    const struct mc_tokens *d = &t->tokens;
    int64_t n = 0, all = d->label_target_offset ? d->label_target_offset[d->n_labels] : 0;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t ex = mc_task_example(t, i),
                own = d->target_offset ? d->target_offset[ex + 1] - d->target_offset[ex] : 0;
        n += d->offset[ex + 1] - d->offset[ex] + (own > all ? own : all);
    }
    return n > INT_MAX;
}

// A loss that is not finite, or, without gold, an output: nothing was predicted, no number came.
static bool finite_at(const struct mc_scores *s, const struct mc_model *m, bool gold, int64_t i) {
    if (gold) return isfinite(s->loss[i]);
    if (m->n_labels == 1) return isfinite(s->score[i]);
    return m->config.arch->text_to_text || s->predicted[i] >= 0;
}

int mc_evaluate(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                struct mc_scores *s, struct mc_error *e) {
    MC_TRY(mc_task_suits(t, m, e));
    if (too_many(t))
        return mc_fail(e, MC_ERR_INPUT, "%s: more than %d tokens; evaluate it in parts", t->name,
                       INT_MAX);
    MC_TRY(scores_room(s, t->n, e));
    MC_TRY(by_kind(v, m, t, s, e));
    bool gold = t->label || t->tokens.values || t->tokens.target_ids;
    for (int64_t i = 0; i < t->n; i++)
        if (!finite_at(s, m, gold, i))
            return mc_fail(e, MC_ERR_NUM, "%s: line %lld: the %s is not finite", t->name,
                           (long long)t->tokens.lines[mc_task_example(t, i)],
                           gold ? "loss" : "output");
    return 0;
}
