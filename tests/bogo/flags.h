/* flags.h: what the test runner asks of the shim, by flags (ssl/test/PORTING.md of BoringSSL). */
#ifndef BOGO_FLAGS_H
#define BOGO_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The runner counts a test as "unimplemented" if the shim ends with this status. */
enum { STATUS_UNIMPLEMENTED = 89 };

enum { LIST_MAX = 32 };

/* struct codes is a list of code points, in order of preference. */
struct codes {
    uint16_t v[LIST_MAX];
    size_t n;
};

/* struct slot is a certificate chain and its key, as the names of two PEM files. */
struct slot {
    const char *chain, *key;
};

/* struct texts is what an option said each time that it was given. */
struct texts {
    const char *v[LIST_MAX];
    size_t n;
};

/* struct flags is what one connection shall do. Strings are those of the command line. */
struct flags {
    /* the way to the runner */
    uint64_t port, shim_id;
    bool ipv6, async;

    /* the configuration */
    bool server, no_tls12, no_tls13, fallback;
    uint64_t min_version, max_version;
    struct codes groups, signing, verifying;
    const char *suites, *suites13, *server_name, *trust;
    struct slot own;             /* what we show                              */
    struct slot slots[LIST_MAX]; /* if none of these, which go before it, fits */
    size_t n_slots;
    struct texts more_chains; /* "CHAIN,KEY": in the place of `own`, several */
    bool request_client, require_client, enforce_usage;
    bool ask_staple, staple_hook, require_staple;
    const char *offer_alpn, *select_alpn;
    bool decline_alpn, reject_alpn;

    /* answers to tasks */
    bool take_hello, use_hello, refuse_hello, take_verify, refuse_verify;

    /* what is done */
    bool implicit, first_write, unfinished_write, shut_down, check_close, sizes, key_update;
    bool handshake_again, export_between, export_secrets;
    uint64_t read_size, export_n;
    const char *export_label, *export_context;
    bool export_with_context;

    /* what has to come out */
    uint64_t version, suite, group, peer_scheme;
    const char *alpn, *offered_alpn, *asked_name;
    const char *shown;       /* which of the slots, by its number; -1: `own` */
    const char *authorities; /* of a server: DER Names in hexadecimal, with commas */
    const char *peer_chain;  /* the name of a PEM file                       */
    struct codes peer_schemes;
    const char *messages; /* lines such as "read hs 2": all that there were */
    bool retry, no_retry, extended_master, never_done, session_miss;
};

/* struct plan is a command line: the first connection, and those that would resume it. */
struct plan {
    struct flags first, again;
    uint64_t n_again;
};

/* flags_parse reads a command line into `plan`. What this shim cannot do ends the program by
 * unimplemented(). False, with a word on stderr, if an argument makes no sense. */
bool flags_parse(struct plan *plan, int argc, char **argv);

/* unimplemented ends the program and says on stderr what it cannot do. */
_Noreturn void unimplemented(const char *what, const char *which);

#endif
