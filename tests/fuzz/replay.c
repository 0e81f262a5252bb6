// Replays tests/bad/TARGET/FILE, each in a process of its own: TAP, a line per file. A file whose
// name begins with "ok" must be accepted, any other refused.
//   test_bad [DIR]     the cases of DIR, default tests/bad
//   test_bad TARGET FILE...
#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "mc/pool.h"

// No input may take longer, in seconds of the processor and of the clock (of which a busy machine
// may need many more), or is larger.
enum { SECONDS = 20, CLOCK_SECONDS = 1200, FILE_MAX = 1 << 24 };

static int n_cases;

// The file's bytes, whatever they are.
static void read_case(struct mc_buf *b, const char *path) {
    struct mc_error e;
    FILE *f = fopen(path, "rb");
    FUZZ_CHECK(f);
    FUZZ_OK(mc_buf_reserve(b, FILE_MAX, &e), &e);
    b->n = fread(b->p, 1, FILE_MAX, f);
    FUZZ_CHECK(!ferror(f));
    fclose(f);
}

static int child(const struct fuzz_target *t, const char *path, bool accept) {
    struct mc_buf b = {0};
    read_case(&b, path);
    FUZZ_CHECK(setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS + 1}) == 0);
    alarm(CLOCK_SECONDS); // one that waits for ever
    int rc = fuzz_run(t, (const uint8_t *)b.p, b.n);
    mc_buf_release(&b);
    if ((rc >= 0) == accept) return 0;
    fprintf(stderr, "# %s: %s\n", path, accept ? "refused" : "accepted");
    return 1;
}

// Whether a case went well.
static bool replay(const struct fuzz_target *t, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    fflush(stdout);
    pid_t pid = fork();
    FUZZ_CHECK(pid >= 0);
    if (pid == 0) {
        FUZZ_CHECK(freopen("/dev/null", "w", stdout)); // what --help prints
        exit(child(t, path, strncmp(base, "ok", 2) == 0));
    }
    int status;
    FUZZ_CHECK(waitpid(pid, &status, 0) == pid);
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("%sok %d - %s/%s\n", ok ? "" : "not ", ++n_cases, t->name, base);
    if (WIFSIGNALED(status)) printf("# ended by signal %d\n", WTERMSIG(status));
    return ok;
}

static int no_dots(const struct dirent *d) { return d->d_name[0] != '.'; }

static int replay_dir(const char *top, const struct fuzz_target *t) {
    char path[2 * FUZZ_PATH];
    struct dirent **d;
    snprintf(path, sizeof path, "%s/%s", top, t->name);
    int bad = 0, n = scandir(path, &d, no_dots, alphasort);
    if (n < 1) { // every target has cases
        printf("not ok %d - %s: no cases in %s\n", ++n_cases, t->name, path);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", top, t->name, d[i]->d_name);
        bad += !replay(t, path);
        free(d[i]);
    }
    free(d);
    return bad;
}

int main(int argc, char **argv) {
    int bad = 0;
    fuzz_dir_make();
    const struct fuzz_target *one = argc > 2 ? fuzz_find(argv[1]) : NULL;
    for (int i = 2; one && i < argc; i++) bad += !replay(one, argv[i]);
    if (!one)
        for (const struct fuzz_target *t = fuzz_targets; t->name; t++)
            bad += replay_dir(argc > 1 ? argv[1] : "tests/bad", t);
    fuzz_dir_remove();
    printf("1..%d\n", n_cases);
    return bad > 0;
}
