// Training dynamics as allenai/cartography has them (Swayamdipta et al. 2020): a file of JSON lines
// for every epoch, and one with what follows of every example.
#include <stdio.h>
#include <string.h>

#include "mc/folder.h"
#include "mc/knowledge.h"
#include "mc/num.h"

#define EPOCHS "training_dynamics"

static int write_epoch(const struct mc_dynamics *d, int epoch, struct mc_out *o,
                       struct mc_error *e) {
    for (int i = 0; i < d->n; i++) {
        size_t k = (size_t)epoch * (size_t)d->n + (size_t)i;
        MC_TRY(mc_out_printf(o, e, "{\"guid\":%lld,\"logits_epoch_%d\":[%s],\"gold\":%d}\n",
                             (long long)d->example[i], epoch, d->logits[k], (int)d->gold[k]));
    }
    return 0;
}

// The columns of its table of metrics. An example that was never right has 1000 events there, and
// correctness is a number of epochs.
static int write_metrics(const struct mc_dynamics *d, struct mc_out *o, struct mc_error *e) {
    char closeness[MC_NUM_TEXT], confidence[MC_NUM_TEXT], variability[MC_NUM_TEXT];
    for (int i = 0; i < d->n; i++) {
        double c = d->confidence[i];
        MC_TRY(mc_out_printf(o, e,
                             "{\"guid\":%lld,\"index\":%d,\"threshold_closeness\":%s,"
                             "\"confidence\":%s,\"variability\":%s,\"correctness\":%d,"
                             "\"forgetfulness\":%d}\n",
                             (long long)d->example[i], i, mc_num_text(c * (1 - c), closeness),
                             mc_num_text(c, confidence),
                             mc_num_text(d->variability[i], variability), d->correct[i],
                             d->correct[i] ? d->forgetting[i] : 1000));
    }
    return 0;
}

static int write_files(const struct mc_dynamics *d, struct mc_folder *to, struct mc_error *e) {
    MC_TRY(mc_folder_add(to, EPOCHS, e));
    for (int k = 0; k <= d->n_epochs; k++) {
        bool metrics = k == d->n_epochs;
        char name[64];
        struct mc_out o = {0};
        snprintf(name, sizeof name, EPOCHS "/dynamics_epoch_%d.jsonl", k);
        int rc = mc_folder_open(to, metrics ? "td_metrics.jsonl" : name, &o, e);
        if (rc == 0) rc = metrics ? write_metrics(d, &o, e) : write_epoch(d, k, &o, e);
        if (rc == 0) rc = mc_out_close(&o, e);
        mc_out_abort(&o);
        MC_TRY(rc);
    }
    return 0;
}

int mc_dynamics_cartography(const struct mc_dynamics *d, const char *dir, struct mc_error *e) {
    struct mc_folder to;
    int rc = mc_folder_begin(&to, dir, e);
    if (rc == 0) rc = write_files(d, &to, e);
    if (rc == 0) rc = mc_folder_commit(&to, e);
    mc_folder_abort(&to);
    return rc;
}
