// Directories that are written beside their place and renamed to it.
#include "mc/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMP_SUFFIX = 32 }; // bytes of ".tmp.PID"

static int check_target(const char *end, struct mc_error *e) {
    DIR *d = opendir(end);
    if (!d) return errno == ENOENT ? 0 : mc_fail_errno(e, "%s: cannot open", end);
    struct dirent *f;
    int rc = 0;
    while ((f = readdir(d)))
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
            rc = mc_fail(e, MC_ERR_INPUT, "%s: not empty", end);
    closedir(d);
    return rc;
}

// The folder that a path is in, as a path.
static void folder_of(const char *path, char out[MC_FOLDER_PATH]) {
    const char *slash = strrchr(path, '/');
    snprintf(out, MC_FOLDER_PATH, "%.*s", slash ? (int)(slash - path) + (slash == path) : 1,
             slash ? path : ".");
}

// `end`: where the name leads.
static int may_write(const char *name, const char *end, struct mc_error *e) {
    char folder[MC_FOLDER_PATH];
    struct stat st;
    MC_TRY(check_target(end, e));
    folder_of(end, folder);
    if (strlen(end) >= MC_FOLDER_PATH - TEMP_SUFFIX)
        return mc_fail(e, MC_ERR_INPUT, "%s: the path is too long", name);
    if (access(folder, W_OK | X_OK) != 0 || (lstat(end, &st) != 0 && errno != ENOENT))
        return mc_fail_errno(e, "%s: cannot create", name);
    return 0;
}

int mc_folder_may_write(const char *name, struct mc_error *e) {
    char *end;
    MC_TRY(mc_out_follow(name, &end, e));
    int rc = may_write(name, end, e);
    free(end);
    return rc;
}

// A new folder beside the target; a long name is cut, so that what is put behind it fits.
static int make_beside(const char *end, char temp[MC_FOLDER_PATH], struct mc_error *e) {
    struct stat st;
    const char *slash = strrchr(end, '/');
    size_t dir = slash ? (size_t)(slash - end) + 1 : 0, name = strlen(end) - dir;
    if (name > NAME_MAX - TEMP_SUFFIX) name = NAME_MAX - TEMP_SUFFIX;
    int k = snprintf(temp, MC_FOLDER_PATH, "%.*s.tmp.%ld", (int)(dir + name), end, (long)getpid());
    if (k < 0 || k >= MC_FOLDER_PATH)
        return mc_fail(e, MC_ERR_INPUT, "%s: the path is too long", end);
    if (mkdir(temp, 0777) != 0) return mc_fail_errno(e, "%s: cannot create", end);
    if (stat(end, &st) != 0 || chmod(temp, st.st_mode & 07777) == 0) return 0;
    int rc = mc_fail_errno(e, "%s: cannot set its mode", end);
    rmdir(temp);
    return rc;
}

int mc_folder_begin(struct mc_folder *f, const char *name, struct mc_error *e) {
    *f = (struct mc_folder){.name = name};
    MC_TRY(mc_out_follow(name, &f->end, e));
    int rc = may_write(name, f->end, e);
    if (rc == 0) rc = make_beside(f->end, f->temp, e);
    if (rc < 0) f->temp[0] = 0;
    return rc;
}

// The path of something new in it, which is remembered; NULL: an error.
static const char *add_path(struct mc_folder *f, const char *what, struct mc_error *e) {
    char text[MC_FOLDER_PATH];
    int k = snprintf(text, sizeof text, "%s/%s", f->temp, what);
    if (k < 0 || k >= (int)sizeof text) {
        mc_fail(e, MC_ERR_INPUT, "%s: the path is too long", f->name);
        return NULL;
    }
    char **made = mc_resize(f->made, (size_t)f->n_made + 1, sizeof *made, e);
    if (!made) return NULL;
    f->made = made;
    if (!(made[f->n_made] = mc_strdup(text, e))) return NULL;
    return made[f->n_made++];
}

int mc_folder_add(struct mc_folder *f, const char *folder, struct mc_error *e) {
    const char *path = add_path(f, folder, e);
    if (!path) return e->code;
    return mkdir(path, 0777) == 0 ? 0 : mc_fail_errno(e, "%s/%s: cannot create", f->name, folder);
}

int mc_folder_open(struct mc_folder *f, const char *file, struct mc_out *out, struct mc_error *e) {
    const char *path = add_path(f, file, e);
    return path ? mc_out_open(out, path, e) : e->code;
}

int mc_folder_write(struct mc_folder *f, const char *file, const void *p, size_t n,
                    struct mc_error *e) {
    struct mc_out o = {0};
    int rc = mc_folder_open(f, file, &o, e);
    if (rc == 0) rc = mc_out_write(&o, p, n, e);
    if (rc == 0) rc = mc_out_close(&o, e);
    mc_out_abort(&o);
    return rc;
}

static void forget(struct mc_folder *f) {
    for (int i = 0; i < f->n_made; i++) free(f->made[i]);
    free(f->made);
    free(f->end);
    *f = (struct mc_folder){0};
}

int mc_folder_commit(struct mc_folder *f, struct mc_error *e) {
    if (rename(f->temp, f->end) != 0) return mc_fail_errno(e, "%s: cannot rename to it", f->name);
    f->temp[0] = 0;
    forget(f);
    return 0;
}

void mc_folder_abort(struct mc_folder *f) {
    for (int i = f->n_made - 1; i >= 0; i--) (void)remove(f->made[i]);
    if (f->temp[0]) rmdir(f->temp);
    forget(f);
}
