// Directories where programs take models: as they are, without a stream in between.
#include <sys/stat.h>

#include "mc/hf.h"
#include "mc/model_stream.h"

int mc_hf_model(struct mc_model *m, const char *dir, struct mc_model *base,
                const struct mc_log *log, struct mc_error *e) {
    struct mc_import how = {.init_std = -1};
    if (!mc_hf_is_peft(dir)) return mc_hf_import(m, dir, &how, log, e);
    if (base) return mc_hf_import_peft(m, dir, base, &how, e);
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: an adapter of PEFT (adapter_config.json): --base gives its base", dir);
}

int mc_hf_base_load(struct mc_model **base, const char *path, struct mc_pool *pool,
                    const struct mc_log *log, struct mc_error *e) {
    struct stat st;
    *base = NULL;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) return mc_base_load(base, path, pool, e);
    if (mc_hf_is_peft(path))
        return mc_fail(e, MC_ERR_INPUT, "%s: a delta (adapter_config.json), not a base", path);
    struct mc_model read, *m = NULL;
    int rc = mc_hf_model(&read, path, NULL, log, e);
    if (rc == 0 && !(m = mc_model_moved(&read, e))) rc = MC_ERR_MEM;
    if (rc == 0) rc = mc_model_digest(m, e);
    if (rc == 0)
        *base = m;
    else
        mc_model_drop(m);
    return rc;
}
