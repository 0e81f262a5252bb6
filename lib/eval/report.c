// The tables of mc-eval: a row a model and task, a row an example, what was written.
#include "mc/report.h"

#include <math.h>
#include <string.h>

#include "mc/json.h"
#include "mc/num.h"

static int curve_ends(const char *text, struct mc_point *p, struct mc_error *e) {
    json_error_t je;
    json_t *o;
    if (mc_json_load(&o, text, strlen(text), 0, MC_JSON_FEW, &je, e) == MC_ERR_MEM) return MC_ERR_MEM;
    const char *from = json_string_value(json_object_get(o, "from")),
               *to = json_string_value(json_object_get(o, "to"));
    bool ok = json_is_object(o) && (!from || strlen(from) < MC_DIGEST_TEXT) &&
              (!to || strlen(to) < MC_DIGEST_TEXT);
    // they become cells of a table
    static const char hex[] = "0123456789abcdef";
    ok = ok && (!from || !from[strspn(from, hex)]) && (!to || !to[strspn(to, hex)]);
    if (ok && from) strcpy(p->from, from);
    if (ok && to) strcpy(p->to, to);
    json_decref(o);
    return ok ? 0 : mc_fail(e, MC_ERR_INPUT, "mc.curve is damaged");
}

int64_t mc_point_count(const struct mc_model *m) {
    const char *curve = mc_doc_get(&m->meta, "mc.curve");
    json_error_t je;
    struct mc_error none;
    json_t *o;
    if (!curve || mc_json_load(&o, curve, strlen(curve), 0, MC_JSON_FEW, &je, &none) < 0) return 0;
    int64_t n = json_integer_value(json_object_get(o, "count"));
    json_decref(o);
    return n;
}

int mc_point_of(const struct mc_model *m, int64_t index, struct mc_point *p, struct mc_error *e) {
    *p = (struct mc_point){.index = index, .t = NAN, .step = NAN};
    const char *t = mc_doc_get(&m->meta, "mc.t"), *step = mc_doc_get(&m->meta, "mc.step");
    const char *curve = mc_doc_get(&m->meta, "mc.curve");
    if (t && !mc_parse_f64(t, &p->t)) return mc_fail(e, MC_ERR_INPUT, "mc.t '%s' is no number", t);
    if (step && !mc_parse_f64(step, &p->step))
        return mc_fail(e, MC_ERR_INPUT, "mc.step '%s' is no number", step);
    return curve ? curve_ends(curve, p, e) : 0;
}

int mc_report_head(struct mc_out *o, struct mc_error *e) {
    return mc_out_printf(o, e,
                         "point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep"
                         "\texact_match\ttoken_f1\tpearson\tspearman");
}

int mc_report_row(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                  const struct mc_metrics *m, struct mc_error *e) {
    char b[10][MC_NUM_TEXT];
    MC_TRY(mc_out_printf(o, e, "\n%lld\t%s\t%s\t%lld\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s",
                         (long long)p->index, mc_num_text(p->t, b[0]), t->name, (long long)t->n,
                         mc_num_text(m->loss, b[1]), mc_num_text(m->accuracy, b[2]),
                         mc_num_text(m->f1_macro, b[3]), mc_num_text(m->mcc, b[4]), p->from, p->to,
                         mc_num_text(p->step, b[5]), mc_num_text(m->exact_match, b[6]),
                         mc_num_text(m->token_f1, b[7]), mc_num_text(m->pearson, b[8]),
                         mc_num_text(m->spearman, b[9])));
    return mc_out_flush(o, e);
}

int mc_report_end(struct mc_out *o, struct mc_error *e) { return mc_out_write(o, "\n", 1, e); }

int mc_report_each_head(struct mc_out *o, struct mc_error *e) {
    return mc_out_printf(o, e,
                         "point\tt\ttask\texample\tlabel\tpredicted\tloss\tp_label"
                         "\texact_match\ttoken_f1\tscore\ttarget\n");
}

int mc_report_each(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                   const struct mc_scores *s, struct mc_error *e) {
    char at[MC_NUM_TEXT], b[6][MC_NUM_TEXT];
    mc_num_text(p->t, at);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t ex = mc_task_example(t, i);
        const char *label = t->label && t->label[ex] >= 0 ? s->labels[t->label[ex]] : "";
        const char *predicted = s->predicted[i] >= 0 ? s->labels[s->predicted[i]] : "";
        double target = t->tokens.values ? t->tokens.values[ex] : (double)NAN;
        MC_TRY(mc_out_printf(o, e, "%lld\t%s\t%s\t%lld\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
                             (long long)p->index, at, t->name, (long long)ex, label, predicted,
                             mc_num_text(s->loss[i], b[0]), mc_num_text(s->p_label[i], b[1]),
                             mc_num_text(s->exact_match[i], b[2]),
                             mc_num_text(s->token_f1[i], b[3]), mc_num_text(s->score[i], b[4]),
                             mc_num_text(target, b[5])));
    }
    return 0;
}

int mc_report_outputs_head(struct mc_out *o, struct mc_error *e) {
    return mc_out_printf(o, e, "point\tt\ttask\texample\tids\ttext\n");
}

// A text as a cell, from which it can be read back: what is escaped, and the backslash.
static int cell(struct mc_out *o, const char *s, struct mc_error *e) {
    for (; *s; s++) {
        size_t n = strcspn(s, "\\");
        struct mc_buf part = {0};
        int rc = mc_buf_add(&part, s, n, e);
        if (rc == 0) rc = mc_out_cell(o, part.p, e);
        mc_buf_release(&part);
        MC_TRY(rc);
        s += n;
        if (!*s) break;
        MC_TRY(mc_out_write(o, "\\\\", 2, e));
    }
    return 0;
}

int mc_report_outputs(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                      int start_id, const struct mc_scores *s, struct mc_error *e) {
    char at[MC_NUM_TEXT];
    const char *text = s->text.p;
    mc_num_text(p->t, at);
    for (int64_t i = 0; i < s->n; i++, text += strlen(text) + 1) {
        MC_TRY(mc_out_printf(o, e, "%lld\t%s\t%s\t%lld\t%d", (long long)p->index, at, t->name,
                             (long long)mc_task_example(t, i), start_id));
        for (int k = 0; k < s->len[i]; k++)
            MC_TRY(mc_out_printf(o, e, " %d", s->ids[i * s->max_new + k]));
        MC_TRY(mc_out_write(o, "\t", 1, e));
        MC_TRY(cell(o, text, e));
        MC_TRY(mc_out_write(o, "\n", 1, e));
    }
    return 0;
}
