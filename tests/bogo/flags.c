/* flags.c: the runner's flags.
 *
 * Invariant: a flag stands in the table only if the shim does what it says, or always does so. Any
 * other makes the test one that is not implemented here, never one that passes. */
#include "flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { YES, NUMBER, TEXT, TEXTS, CODE, CHAIN, KEY, NEXT_SLOT, HELD, HELD_NUMBER, HELD_TEXT };

struct flag {
    const char *name;
    enum kind kind;
    size_t at;
};

#define AT(member) offsetof(struct flags, member)

/* HELD: it holds anyway. Most of those speak of choices that other libraries have and tacit has
 * not: its own order always decides, a write may always be partial, there are no tickets yet, how
 * much is read at once is the stream's affair. A suite that wants hardware for AES is the one that
 * is taken: preferences do not ask for it. Others allow what tacit never does, to renegotiate or to
 * send data before the server's Finished: config.json disables the tests that want it done. Those
 * for SRTP say nothing about TLS. */
static const struct flag table[] = {
    {"-port", NUMBER, AT(port)},
    {"-shim-id", NUMBER, AT(shim_id)},
    {"-ipv6", YES, AT(ipv6)},
    {"-async", YES, AT(async)},

    {"-server", YES, AT(server)},
    {"-min-version", NUMBER, AT(min_version)},
    {"-max-version", NUMBER, AT(max_version)},
    {"-no-tls13", YES, AT(no_tls13)},
    {"-no-tls12", YES, AT(no_tls12)},
    {"-fallback-scsv", YES, AT(fallback)},
    {"-no-tls11", HELD, 0},
    {"-no-tls1", HELD, 0},
    {"-curves", CODE, AT(groups)},
    {"-signing-prefs", CODE, AT(signing)},
    {"-verify-prefs", CODE, AT(verifying)},
    {"-cipher", TEXT, AT(suites)},
    {"-tls13-ciphersuites", TEXT, AT(suites13)},
    {"-server-preference", HELD, 0},
    {"-host-name", TEXT, AT(server_name)},
    {"-trust-cert", TEXT, AT(trust)},
    {"-cert-file", CHAIN, 0},
    {"-key-file", KEY, 0},
    {"-new-x509-credential", NEXT_SLOT, 0},
    {"-must-match-issuer", HELD, 0}, /* tacit prefers one that does; config: where none does */
    {"-multiple-certs-slot", TEXTS, AT(more_chains)},
    {"-verify-peer", YES, AT(request_client)},
    {"-require-any-client-certificate", YES, AT(require_client)},
    {"-enforce-rsa-key-usage", YES, AT(enforce_usage)},
    {"-advertise-alpn", TEXT, AT(offer_alpn)},
    {"-select-alpn", TEXT, AT(select_alpn)},
    {"-decline-alpn", YES, AT(decline_alpn)},
    {"-reject-alpn", YES, AT(reject_alpn)},
    {"-no-ticket", HELD, 0},
    {"-cbc-record-splitting", HELD, 0},
    {"-enable-ocsp-stapling", YES, AT(ask_staple)},
    {"-use-ocsp-callback", YES, AT(staple_hook)},
    {"-fail-ocsp-callback", YES, AT(require_staple)},
    {"-srtp-profiles", HELD_TEXT, 0},
    {"-false-start", HELD, 0},
    {"-renegotiate-freely", HELD, 0},
    {"-forbid-renegotiation-after-handshake", HELD, 0},

    {"-use-early-callback", YES, AT(use_hello)},
    {"-fail-early-callback", YES, AT(refuse_hello)},
    {"-install-ddos-callback", YES, AT(take_hello)},
    {"-fail-ddos-callback", YES, AT(refuse_hello)},
    {"-use-custom-verify-callback", YES, AT(take_verify)},
    {"-verify-fail", YES, AT(refuse_verify)},
    {"-use-old-client-cert-callback", HELD, 0},

    {"-implicit-handshake", YES, AT(implicit)},
    {"-handshake-twice", YES, AT(handshake_again)},
    {"-no-op-extra-handshake", YES, AT(handshake_again)},
    {"-shim-writes-first", YES, AT(first_write)},
    {"-read-with-unfinished-write", YES, AT(unfinished_write)},
    {"-write-different-record-sizes", YES, AT(sizes)},
    {"-shim-shuts-down", YES, AT(shut_down)},
    {"-check-close-notify", YES, AT(check_close)},
    {"-read-size", NUMBER, AT(read_size)},
    {"-read-ahead-buffer-size", HELD_NUMBER, 0},
    {"-partial-write", HELD, 0},
    {"-key-update", YES, AT(key_update)},
    {"-export-keying-material", NUMBER, AT(export_n)},
    {"-export-label", TEXT, AT(export_label)},
    {"-export-context", TEXT, AT(export_context)},
    {"-use-export-context", YES, AT(export_with_context)},
    {"-use-exporter-between-reads", YES, AT(export_between)},
    {"-export-traffic-secrets", YES, AT(export_secrets)},

    {"-expect-version", NUMBER, AT(version)},
    {"-expect-cipher", NUMBER, AT(suite)},
    {"-expect-curve-id", NUMBER, AT(group)},
    {"-expect-peer-signature-algorithm", NUMBER, AT(peer_scheme)},
    {"-expect-peer-verify-pref", CODE, AT(peer_schemes)},
    {"-expect-alpn", TEXT, AT(alpn)},
    {"-expect-selected-credential", TEXT, AT(shown)},
    {"-expect-peer-cert-file", TEXT, AT(peer_chain)},
    {"-expect-advertised-alpn", TEXT, AT(offered_alpn)},
    {"-expect-client-ca-list", TEXT, AT(authorities)},
    {"-expect-server-name", TEXT, AT(asked_name)},
    {"-expect-hrr", YES, AT(retry)},
    {"-expect-no-hrr", YES, AT(no_retry)},
    {"-expect-extended-master-secret", YES, AT(extended_master)},
    {"-expect-msg-callback", TEXT, AT(messages)},
    {"-expect-secure-renegotiation", HELD, 0},
    {"-expect-session-miss", YES, AT(session_miss)},
    {"-expect-no-session", HELD, 0},
    {"-expect-no-session-id", HELD, 0},
    {"-expect-verify-result", HELD, 0},
    {"-enable-grease", HELD, 0},
    {"-allow-hint-mismatch", HELD, 0},
    {"-expect-cipher-aes", NUMBER, AT(suite)},
    {"-expect-cipher-no-aes", HELD_NUMBER, 0},
    {"-handshake-never-done", YES, AT(never_done)},
};

_Noreturn void unimplemented(const char *what, const char *which)
{
    const char *name = getenv("BOGO_LOG"); /* the runner keeps no word of it */
    FILE *log = name ? fopen(name, "a") : NULL;
    if (log) {
        fprintf(log, "%s %s\n", what, which);
        fclose(log);
    }
    fprintf(stderr, "not here: %s %s\n", what, which);
    fflush(stderr);
    _exit(STATUS_UNIMPLEMENTED);
}

static const struct flag *find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

static bool number(uint64_t *out, const char *text)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == 0;
}

/* What stands behind -new-x509-credential is said of that one. */
static struct slot *slot(struct flags *f)
{
    return f->n_slots ? &f->slots[f->n_slots - 1] : &f->own;
}

static bool set(struct flags *f, const struct flag *flag, const char *argument)
{
    char *at = (char *)f + flag->at;
    uint64_t n;
    struct codes *codes = (struct codes *)(void *)at;
    struct texts *texts = (struct texts *)(void *)at;
    switch (flag->kind) {
    case YES:
        *(bool *)at = true;
        return true;
    case NUMBER:
        return number((uint64_t *)(void *)at, argument);
    case TEXT:
        *(const char **)(void *)at = argument;
        return true;
    case CHAIN:
        slot(f)->chain = argument;
        return true;
    case KEY:
        slot(f)->key = argument;
        return true;
    case NEXT_SLOT:
        return f->n_slots < LIST_MAX && ++f->n_slots;
    case CODE:
        if (codes == &f->signing && f->n_slots)
            unimplemented("a list of schemes", "for one certificate");
        if (codes->n == LIST_MAX || !number(&n, argument) || n > 0xffff)
            return false;
        codes->v[codes->n++] = (uint16_t)n;
        return true;
    case TEXTS:
        if (texts->n == LIST_MAX)
            return false;
        texts->v[texts->n++] = argument;
        return true;
    case HELD:
    case HELD_TEXT:
        return true;
    case HELD_NUMBER:
        return number(&n, argument);
    }
    return false;
}

/* Some flags hold for one of the connections alone. What they would say of connections that send
 * early data again, or of a process that shares the handshake, never comes to pass here. */
struct scope {
    const char *prefix;
    bool first, again;
};

static struct scope scope_of(const char *name)
{
    static const struct scope scopes[] = {
        {"-on-initial", true, false},     {"-on-resume", false, true}, {"-on-retry", false, false},
        {"-on-handshaker", false, false}, {"-on-shim", true, true},
    };
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        size_t n = strlen(scopes[i].prefix);
        if (strncmp(name, scopes[i].prefix, n) == 0 && name[n] == '-')
            return scopes[i];
    }
    return (struct scope){"", true, true};
}

static bool takes_argument(const struct flag *flag)
{
    return flag->kind != YES && flag->kind != HELD && flag->kind != NEXT_SLOT;
}

bool flags_parse(struct plan *plan, int argc, char **argv)
{
    *plan = (struct plan){0};
    for (int i = 1; i < argc; i++) {
        bool count = strcmp(argv[i], "-resume-count") == 0;
        struct scope scope = scope_of(argv[i]);
        const char *name = argv[i] + strlen(scope.prefix);
        const struct flag *flag = find(name);
        if (!flag && !count)
            unimplemented("the flag", argv[i]);
        const char *argument = count || takes_argument(flag) ? argv[++i] : "";
        bool ok = argument
                  && (count ? number(&plan->n_again, argument)
                            : (!scope.first || set(&plan->first, flag, argument))
                                  && (!scope.again || set(&plan->again, flag, argument)));
        if (!ok) {
            fprintf(stderr, "%s: bad argument\n", name);
            return false;
        }
    }
    return true;
}
