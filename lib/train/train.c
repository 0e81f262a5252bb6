// The loop of updates: examples of an update, loss and gradient, the optimizer's step, a row of
// the log, documents saved.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/rng.h"
#include "mc/train.h"

const char mc_tuning_header[] =
    "step\tepoch\tloss\tlr\tgrad_norm\ttokens_per_s\tseconds\tdev_loss\tdev_accuracy";

void mc_recipe_steps(const struct mc_recipe *r, int64_t n, int64_t *per_epoch, int64_t *total) {
    int64_t size = r->batch * r->accum;
    *per_epoch = (n + size - 1) / size;
    *total = r->steps > 0 ? r->steps : r->epochs * *per_epoch;
}

// --- preparing

// The optimizer; embeddings are updated by rows, as the batches touch them. A delta may store some.
static int make_optim(struct mc_tuning *t, struct mc_error *e) {
    bool *by_rows = mc_new((size_t)t->m->table.n, sizeof *by_rows, e);
    if (!by_rows) return MC_ERR_MEM;
    for (int i = 0; i < t->view.table.n; i++)
        if (t->view.stored[i] >= 0) by_rows[t->view.stored[i]] = mc_plan_by_rows(&t->plan, i);
    bool *rows = t->reparam.cls ? NULL : by_rows;
    int rc = mc_optim_init(&t->optim, t->r->optimizer, t->trained, NULL, rows, e);
    free(by_rows);
    t->optim.weight_decay = t->r->weight_decay;
    t->optim.clip = t->r->clip;
    t->optim.scale = t->r->adafactor_scale;
    return rc;
}

// What the optimizer moves.
static int choose_trained(struct mc_tuning *t, struct mc_error *e) {
    struct mc_table *table = &t->m->table;
    t->w = t->m->w;
    if (t->begins && t->method.cls && t->method.cls->reparam) {
        MC_TRY(mc_reparam_init(&t->reparam, &t->method, t->m, t->seed_init, e));
        table = &t->reparam.table;
        t->w = t->reparam.w;
    }
    t->trained = table;
    if (t->r->layer_decay > 0) mc_rates_by_layer(table, &t->m->config, t->r->layer_decay);
    return mc_rates_no_decay(table, t->r->no_decay, t->r->n_no_decay, e);
}

// Brings what is stored in line with what is trained.
static int settle(struct mc_tuning *t, struct mc_error *e) {
    return t->reparam.cls ? mc_reparam_forward(&t->reparam, t->m, e) : 0;
}

static int make_plan(struct mc_tuning *t, struct mc_error *e) {
    MC_TRY(mc_view_open(&t->view, t->m, e));
    MC_TRY(mc_method_of(&t->method, t->m, e));
    return mc_method_plan(&t->method, t->m, &t->view, MC_TO_TRAIN, t->r->dropout, t->r->precision,
                          &t->plan, e);
}

// Weights and gradients by slot: those of frozen tensors have none.
static int bind(struct mc_tuning *t, struct mc_error *e) {
    float **g = mc_new((size_t)t->view.table.n, sizeof *g, e);
    if (!g) return MC_ERR_MEM;
    for (int i = 0; i < t->view.table.n; i++)
        if (t->view.stored[i] >= 0) g[i] = t->grad + t->m->table.p[t->view.stored[i]].at;
    mc_run_bind(t->run, t->view.w, g);
    free(g);
    return 0;
}

int mc_tuning_init(struct mc_tuning *t, struct mc_error *e) {
    const struct mc_recipe *r = t->r;
    t->n = r->only ? r->n_only : t->train->n;
    mc_recipe_steps(r, t->n, &t->per_epoch, &t->total);
    t->warmup = (int64_t)ceil(r->warmup * (double)t->total);
    MC_TRY(mc_tokens_suit(t->train, t->train_name, t->m, e));
    if (t->dev) MC_TRY(mc_task_suits(t->dev, t->m, e)); // now, not after an epoch
    if (!t->train->labels && !t->train->values && !t->train->target_ids)
        return mc_fail(e, MC_ERR_INPUT, "%s: its examples have no labels%s", t->train_name,
                       mc_tokens_t2t(t->train) ? " or targets" : "");
    MC_TRY(make_plan(t, e));
    MC_TRY(choose_trained(t, e));
    MC_TRY(make_optim(t, e));
    t->order_epoch = -1;
    t->last_loss = NAN;
    t->last_dev = mc_no_metrics;
    t->grad = mc_new_floats(t->m->table.size, e);
    t->position = mc_new((size_t)t->train->max_len, sizeof *t->position, e);
    t->label = mc_new((size_t)t->train->n, sizeof *t->label, e);
    t->order = mc_new((size_t)t->n, sizeof *t->order, e);
    int64_t most = r->batch * r->accum < t->n ? r->batch * r->accum : t->n;
    t->loss = mc_new((size_t)most, sizeof *t->loss, e);
    t->run = mc_run_new(&t->plan, t->pool, e);
    mc_evaluator_init(&t->eval, t->pool, r->precision);
    if (!t->grad || !t->position || !t->label || !t->order || !t->loss || !t->run)
        return MC_ERR_MEM;
    MC_TRY(bind(t, e));
    for (int f = 0; f < MC_FEEDS; f++) { // a row of the trained table, where it trains
        int slot = mc_plan_embedding(&t->plan, (enum mc_feed)f);
        t->slot[f] = slot < 0 || t->reparam.cls ? -1 : t->view.stored[slot];
    }
    if (t->m->config.arch->text_to_text || t->train->values) return 0;
    return mc_labels_apply(t->train, t->train_name, t->m, t->label, e);
}

void mc_tuning_release(struct mc_tuning *t) {
    mc_optim_release(&t->optim);
    mc_buf_release(&t->log_text);
    mc_run_free(t->run);
    mc_plan_release(&t->plan);
    mc_method_release(&t->method);
    mc_view_release(&t->view);
    mc_evaluator_release(&t->eval);
    mc_scores_release(&t->scores);
    mc_reparam_release(&t->reparam);
    mc_free_floats(t->grad);
    free(t->position);
    free(t->label);
    free(t->order);
    free(t->loss);
}

// --- training

struct update {                      // what the table tells of one
    int64_t epoch, n, tokens, terms; // terms: losses that the mean is of
    double loss, lr, norm;
};

// The losses of an example: one, or one for every token of its target.
static int64_t terms_of(const struct mc_tuning *t, int64_t example) {
    const int64_t *at = t->train->target_offset;
    return at ? at[example + 1] - at[example] : 1;
}

// The examples of update number step: a slice of the epoch's permutation.
static const int64_t *slice(struct mc_tuning *t, struct update *u) {
    int64_t size = t->r->batch * t->r->accum, at = t->step % t->per_epoch * size;
    u->epoch = t->step / t->per_epoch;
    if (t->order_epoch != u->epoch) {
        struct mc_rng rng;
        mc_rng_init(&rng, t->r->seed_order, MC_RNG_ORDER, (uint32_t)u->epoch);
        mc_rng_permutation(&rng, t->order, t->n);
        for (int64_t i = 0; t->r->only && i < t->n; i++) t->order[i] = t->r->only[t->order[i]];
        t->order_epoch = u->epoch;
    }
    u->n = t->n - at < size ? t->n - at : size;
    u->tokens = u->terms = 0;
    for (int64_t i = at; i < at + u->n; i++) {
        u->tokens += t->train->offset[t->order[i] + 1] - t->train->offset[t->order[i]];
        u->terms += terms_of(t, t->order[i]);
    }
    if (t->train->target_ids) u->tokens += u->terms;
    return t->order + at;
}

// Tells the optimizer which rows of the embeddings the examples use.
static void touch_rows(struct mc_tuning *t, const int64_t *pick, int64_t n) {
    const struct mc_tokens *d = t->train;
    struct mc_optim *o = &t->optim;
    for (int64_t i = 0; i < n; i++) {
        int64_t from = d->offset[pick[i]], to = d->offset[pick[i] + 1];
        mc_plan_positions(&t->plan, d->ids + from, (int)(to - from), t->position);
        for (int64_t k = from; k < to; k++) {
            mc_optim_touch(o, t->slot[MC_FEED_IDS], d->ids[k]);
            mc_optim_touch(o, t->slot[MC_FEED_POSITIONS], t->position[k - from]);
            mc_optim_touch(o, t->slot[MC_FEED_TYPES], d->types[k]);
        }
        if (!d->target_ids) continue;
        mc_optim_touch(o, t->slot[MC_FEED_TARGETS], t->plan.start_id);
        for (int64_t k = d->target_offset[pick[i]]; k + 1 < d->target_offset[pick[i] + 1]; k++)
            mc_optim_touch(o, t->slot[MC_FEED_TARGETS], d->target_ids[k]);
    }
}

static int update(struct mc_tuning *t, struct update *u, struct mc_error *e) {
    const int64_t *pick = slice(t, u);
    const struct mc_batch b = {.pick = pick,
                               .n = (int)u->n,
                               .offset = t->train->offset,
                               .ids = t->train->ids,
                               .types = t->train->types,
                               .label = t->label,
                               .value = t->train->values,
                               .target_ids = t->train->target_ids,
                               .target_offset = t->train->target_offset};
    const struct mc_step s = {
        .weight = 1 / (double)u->terms, .seed = t->r->seed_dropout, .step = (uint32_t)t->step};
    const struct mc_result out = {.loss = t->loss};
    touch_rows(t, pick, u->n);
    float *grad = t->reparam.cls ? t->reparam.grad : t->grad;
    mc_optim_ready(&t->optim, t->pool, grad, t->w);
    MC_TRY(mc_run_batch(t->run, &b, &s, &out, e));
    if (t->reparam.cls) MC_TRY(mc_reparam_backward(&t->reparam, t->m, t->grad, e));
    double sum = 0;
    for (int64_t i = 0; i < u->n; i++) sum += t->loss[i] * (double)terms_of(t, pick[i]);
    u->loss = sum / (double)u->terms;
    u->lr = t->r->adafactor_relative
                ? mc_adafactor_rate(t->step + 1)
                : t->r->lr * mc_schedule_factor(t->r->schedule, t->step, t->total, t->warmup);
    u->norm = mc_optim_norm(&t->optim, t->pool, grad);
    if (!isfinite(u->loss) || !isfinite(u->norm))
        return mc_fail(e, MC_ERR_NUM, "step %lld: the %s is not finite", (long long)t->step + 1,
                       isfinite(u->loss) ? "gradient" : "loss");
    mc_optim_update(&t->optim, t->pool, u->lr, u->norm, grad, t->w);
    MC_TRY(settle(t, e));
    mc_run_weights_changed(t->run);
    t->step++;
    return 0;
}

static int dev_scores(struct mc_tuning *t, struct mc_metrics *m, struct mc_error *e) {
    *m = mc_no_metrics;
    bool last = t->step % t->per_epoch == 0 || t->step == t->total;
    if (!t->dev || !last) return 0;
    mc_optim_settle(&t->optim, t->pool, t->w);
    MC_TRY(mc_evaluate(&t->eval, t->m, t->dev, &t->scores, e));
    return mc_metrics_of(&t->scores, t->dev, m, e);
}

static int log_row(struct mc_tuning *t, const struct update *u, double seconds, double all_s,
                   struct mc_error *e) {
    char b[7][MC_NUM_TEXT];
    struct mc_metrics dev;
    MC_TRY(dev_scores(t, &dev, e));
    t->last_loss = u->loss;
    t->last_dev = dev;
    size_t at = t->log_text.n;
    MC_TRY(mc_buf_printf(&t->log_text, e, "\n%lld\t%lld\t%s\t%s\t%s\t%s\t%s\t%s\t%s",
                         (long long)t->step, (long long)u->epoch + 1, mc_num_text(u->loss, b[0]),
                         mc_num_text(u->lr, b[1]), mc_num_text(u->norm, b[2]),
                         mc_num_text(seconds > 0 ? (double)u->tokens / seconds : NAN, b[3]),
                         mc_num_text(all_s, b[4]), mc_num_text(dev.loss, b[5]),
                         mc_num_text(dev.accuracy, b[6])));
    if (!t->table) return 0;
    MC_TRY(mc_out_write(t->table, t->log_text.p + at, t->log_text.n - at, e));
    return mc_out_flush(t->table, e);
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool saves_now(const struct mc_tuning *t) {
    return t->step == t->total ||
           (t->n_save_at && bsearch(&t->step, t->save_at, (size_t)t->n_save_at, sizeof t->step,
                                    by_number));
}

// An update can overflow a weight without the loss before it having been wrong.
static int check_weights(const struct mc_tuning *t, struct mc_error *e) {
    for (int i = 0; i < t->m->table.n; i++) {
        const struct mc_param *p = &t->m->table.p[i];
        if (!isfinite(mc_kern_choose()->sum_sq(p->n, t->m->w + p->at)))
            return mc_fail(e, MC_ERR_NUM, "step %lld: tensor %s is not finite", (long long)t->step,
                           p->name);
    }
    return 0;
}

int mc_tuning_run(struct mc_tuning *t, struct mc_error *e) {
    struct mc_progress bar;
    mc_progress_init(&bar, t->log, "steps", t->total);
    double start = mc_now_s();
    MC_TRY(settle(t, e));
    if (t->table && t->log_text.n) MC_TRY(mc_out_write(t->table, t->log_text.p, t->log_text.n, e));
    if (t->step == 0 && saves_now(t)) MC_TRY(t->save(t->save_ctx, t->m, 0, e));
    while (t->step < t->total) {
        struct update u;
        char text[32], num[MC_NUM_TEXT];
        double before = mc_now_s();
        MC_TRY(update(t, &u, e));
        MC_TRY(log_row(t, &u, mc_now_s() - before, mc_now_s() - start, e));
        bool checkpoint = t->checkpoint && t->step % t->checkpoint_every == 0 && t->step < t->total;
        if (saves_now(t) || checkpoint) mc_optim_settle(&t->optim, t->pool, t->w);
        if (saves_now(t)) {
            MC_TRY(check_weights(t, e));
            MC_TRY(t->save(t->save_ctx, t->m, t->step, e));
        }
        if (checkpoint) MC_TRY(t->checkpoint(t->checkpoint_ctx, t->m, t->step, e));
        snprintf(text, sizeof text, "loss %.8s", mc_num_text(u.loss, num));
        mc_progress_at(&bar, t->step, text);
    }
    mc_progress_end(&bar);
    return 0;
}
