/* reload.c: see reload.h.
 *
 * Looking and reading are done on another thread, so that no handshake waits for a disk or for a
 * long list; what comes of it is put to use, and told, on the loop's. A change is read when it has
 * settled: when two looks have found the same, or when it has gone on for too long. The picture is
 * taken before the files are read, so that what changes meanwhile is a change at the next look.
 *
 * Invariant: reload->set is in order and in use from reload_first on, whatever lies in the files;
 * only take replaces it. */
#include "reload.h"

#include "out.h"
#include "tool.h"

#include <signal.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 1000, SETTLE_MS = 200, LOOKS_MAX = 10, AGAIN_MS = 60 * 1000 };

enum outcome { UNCHANGED, UNSETTLED, REFUSED, READ };

static void set_end(struct set *set)
{
    tacit_config_free(set->config);
    load_end(&set->files);
    set->config = NULL;
}

/* ---- a new set ------------------------------------------------------------------------------- */

/* A response that does not do is as good as none (RFC 6066 8), and none is better than one that has
 * had its time. But it takes away nothing that is there: while the response from the same file that
 * is in use has not ended, the old set stays, and so does the certificate that it belongs to. At
 * the beginning it is a mistake like others. */
static int staple(struct set *next, char **ocsp, const struct set *old, struct fault *fault)
{
    for (size_t i = 0; ocsp && ocsp[i]; i++) {
        if (i == STAPLE_FILES)
            return fault_own(fault, STATUS_USAGE, NULL, "more than %d OCSP responses",
                             STAPLE_FILES);
        int status = staple_attach(&next->files, ocsp[i], &next->until[i], &next->left_out[i]);
        if (status && (!old || time(NULL) <= old->until[i] || status == STATUS_INTERNAL)) {
            *fault = next->left_out[i];
            return status;
        }
    }
    return 0;
}

static tacit_identity_info describe(const tacit_identity *identity)
{
    tacit_identity_info info = {.size = sizeof info};
    tacit_identity_describe(identity, &info);
    return info;
}

/* unfit is what keeps clients from taking an identity at this time; NULL: nothing that is known. */
static const char *unfit(const tacit_identity *identity)
{
    tacit_identity_info info = describe(identity);
    int64_t now = time(NULL);
    return now < info.not_before  ? "the certificate is not valid yet"
           : now > info.not_after ? "the certificate has expired"
           : info.must_staple && now > info.staple_until
               ? "the certificate promises an OCSP response, and there is none that is current"
               : NULL;
}

/* improves: no certificate that is of use makes way for one that is not. One that is of no use any
 * more stops nothing: the lists that come with it may be what matters. */
static int improves(const struct set *next, const struct set *old, char **certs,
                    struct fault *fault)
{
    for (size_t i = 0; i < next->files.n_identities; i++) {
        const char *why = unfit(next->files.identities[i]);
        if (why && !unfit(old->files.identities[i]))
            return fault_own(fault, STATUS_FILE, NULL, "%s: %s", certs[i], why);
    }
    return 0;
}

/* build makes a set from the files as they are. `old` is in use; NULL: none is yet. */
static int build(struct set *next, const struct reload *r, const struct set *old,
                 struct fault *fault)
{
    tacit_error error = {0};
    tacit_config_options o = r->setup->options;
    *next = (struct set){.config = NULL};
    int status = load_files(&next->files, r->setup->env, r->given, old != NULL, fault);
    if (!status)
        status = staple(next, r->ocsp, old, fault);
    if (!status && old)
        status = improves(next, old, r->given->certs, fault);
    if (status)
        return status;
    load_into(&next->files, &o);
    next->config = tacit_server_config(r->setup->env, &o, &error);
    return next->config ? 0 : fault_tls(fault, &error, NULL);
}

/* ---- on the other thread --------------------------------------------------------------------- */

/* is_due: shall the files be read? Else remembers what was seen. Takes over `now` if not. */
static bool is_due(struct reload *r, struct picture *now)
{
    bool changed = !picture_same(now, &r->known);
    if (r->forced || (!changed && r->again)
        || (changed && (picture_same(now, &r->last) || r->looks >= LOOKS_MAX)))
        return true;
    r->looks = changed ? r->looks + 1 : 0;
    r->outcome = changed ? UNSETTLED : UNCHANGED;
    picture_free(&r->last);
    r->last = *now;
    return false;
}

static void look(uv_work_t *work)
{
    struct reload *r = work->data;
    struct picture now;
    r->outcome = UNCHANGED;
    if (!picture_take(&now, r->watched, RELOAD_LISTS)) {
        picture_free(&now);
        return;
    }
    if (!is_due(r, &now))
        return;
    picture_differ(&r->known, &now, r->what, sizeof r->what);
    picture_free(&r->known);
    r->known = now;
    r->looks = 0;
    r->fault = (struct fault){0};
    r->outcome = build(&r->next, r, &r->set, &r->fault) ? REFUSED : READ;
}

/* ---- what is said ---------------------------------------------------------------------------- */

static void say_promises(const struct reload *r)
{
    for (size_t i = 0; i < r->set.files.n_identities; i++) {
        tacit_identity_info info = describe(r->set.files.identities[i]);
        if (info.must_staple && time(NULL) > info.staple_until)
            out_row(stderr, "unstapled",
                    "%s promises an OCSP response: clients that hold it to that refuse it",
                    r->given->certs[i]);
    }
}

/* The library does not send what has ended; here it is said, once. */
static void say_ended(struct reload *r)
{
    for (size_t i = 0; r->ocsp && r->ocsp[i]; i++) {
        if (r->told[i] || !r->set.until[i] || time(NULL) <= r->set.until[i])
            continue;
        r->told[i] = r->overdue = true; /* there is less to lose */
        out_row(stderr, "unstapled",
                "%s: its nextUpdate has passed; nothing is stapled until a newer one comes",
                r->ocsp[i]);
        say_promises(r);
    }
}

static void say_left_out(const struct reload *r)
{
    for (size_t i = 0; r->ocsp && r->ocsp[i]; i++)
        if (r->set.left_out[i].status)
            out_row(stderr, "unstapled", "%s; nothing is stapled in its place",
                    r->set.left_out[i].text);
}

static bool leaves_out(const struct set *set)
{
    for (size_t i = 0; i < STAPLE_FILES; i++)
        if (set->left_out[i].status)
            return true;
    return false;
}

/* ---- on the loop's thread -------------------------------------------------------------------- */

/* is_news: a set that was read once more, and leaves out the same, is none. */
static bool is_news(const struct reload *r)
{
    bool news = r->forced || r->what[0] || r->said[0];
    for (size_t i = 0; i < STAPLE_FILES; i++)
        news |= r->next.left_out[i].status != r->set.left_out[i].status;
    return news;
}

static void take(struct reload *r)
{
    if (!is_news(r)) {
        set_end(&r->next);
        return;
    }
    set_end(&r->set);
    r->set = r->next;
    r->next = (struct set){.config = NULL};
    memset(r->told, 0, sizeof r->told);
    out_row(stderr, "reloaded", "%s%s", r->forced ? "SIGHUP: " : "",
            r->what[0]   ? r->what
            : r->forced  ? "no file has changed"
            : r->said[0] ? "what was refused is in order now"
                         : "the OCSP response is in order now");
    r->said[0] = 0;
    say_left_out(r);
    say_promises(r);
}

static void refuse(struct reload *r)
{
    bool again = !r->forced && !r->what[0] && !strcmp(r->said, r->fault.text);
    set_end(&r->next);
    snprintf(r->said, sizeof r->said, "%s", r->fault.text);
    if (!again)
        out_row(stderr, "kept", "%s; new connections go on with what was read before",
                r->fault.text);
}

static void begin(struct reload *r);

static void on_timer(uv_timer_t *timer)
{
    struct reload *r = timer->data;
    say_ended(r);
    begin(r);
}

static void after(uv_work_t *work, int err)
{
    struct reload *r = work->data;
    r->working = false;
    if (err)
        r->outcome = UNCHANGED;
    if (r->ended)
        return;
    if (r->outcome == READ)
        take(r);
    if (r->outcome == REFUSED)
        refuse(r);
    if (r->outcome >= REFUSED)
        r->tried = uv_now(work->loop);
    if (r->hung_up)
        begin(r);
    else
        uv_timer_start(&r->timer, on_timer, r->outcome == UNSETTLED ? SETTLE_MS : LOOK_MS, 0);
}

static void begin(struct reload *r)
{
    uv_loop_t *loop = r->timer.loop;
    if (r->working || r->ended)
        return;
    r->forced = r->hung_up;
    r->hung_up = false;
    r->again =
        (r->said[0] || leaves_out(&r->set)) && (r->overdue || uv_now(loop) - r->tried >= AGAIN_MS);
    r->overdue = false;
    r->working = !uv_queue_work(loop, &r->work, look, after);
    if (!r->working)
        uv_timer_start(&r->timer, on_timer, LOOK_MS, 0);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    struct reload *r = signal->data;
    (void)number;
    r->hung_up = true;
    begin(r);
}

int reload_first(struct reload *r, const struct setup *setup, const struct setup_options *given,
                 char **ocsp)
{
    struct fault fault = {0};
    *r = (struct reload){.setup = setup,
                         .given = given,
                         .ocsp = ocsp,
                         .password_file = {given->password_file, NULL}};
    char *const *const lists[RELOAD_LISTS] = {given->certs, given->keys, given->anchors,
                                              given->crls,  ocsp,        r->password_file};
    memcpy(r->watched, lists, sizeof lists);
    if (!picture_take(&r->known, r->watched, RELOAD_LISTS))
        return out_fail(STATUS_INTERNAL, NULL, "no memory");
    if (!build(&r->set, r, NULL, &fault))
        say_promises(r);
    return fault_print(&fault);
}

void reload_watch(struct reload *r, uv_loop_t *loop)
{
    r->timer.data = r->hangup.data = r->work.data = r;
    uv_timer_init(loop, &r->timer);
    uv_timer_start(&r->timer, on_timer, LOOK_MS, 0);
    uv_signal_init(loop, &r->hangup);
    uv_signal_start(&r->hangup, on_hangup, SIGHUP);
    uv_unref((uv_handle_t *)&r->timer);
    uv_unref((uv_handle_t *)&r->hangup);
}

void reload_stop(struct reload *r)
{
    r->ended = true; /* a signal that comes now is heard, and changes nothing */
    uv_timer_stop(&r->timer);
}

void reload_end(struct reload *r)
{
    set_end(&r->set);
    set_end(&r->next); /* the end came while it was read */
    picture_free(&r->known);
    picture_free(&r->last);
}
