/* tacit/error.h: errors are data.
 *
 * A reason is finer than the alert that it causes. Applications branch on `origin`, on `code` or
 * `name`, which are stable, or on tacit_error_exit_status, a number for each code; they log the
 * sentence and never look into it. The first failure of a connection is the one that is kept. */
#ifndef TACIT_ERROR_H
#define TACIT_ERROR_H

#include <tacit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_origin says whose fault it is. */
typedef enum tacit_origin {
    TACIT_ORIGIN_NONE = 0,              /* no error                                         */
    TACIT_ORIGIN_PEER_MISBEHAVED = 1,   /* the peer broke a rule                            */
    TACIT_ORIGIN_PEER_INCOMPATIBLE = 2, /* no rule is broken, but no parameter, or no trust,
                                         * is shared                                        */
    TACIT_ORIGIN_PEER_ALERT = 3,        /* the peer ended it with an alert                  */
    TACIT_ORIGIN_CRYPTO = 4,            /* a primitive refused                              */
    TACIT_ORIGIN_RESOURCE = 5,          /* memory, time, randomness or a file was not to be
                                         * had                                              */
    TACIT_ORIGIN_API_MISUSE = 6,        /* the caller broke this library's contract         */
    TACIT_ORIGIN_INTERNAL = 7           /* this library broke its own; please report it     */
} tacit_origin;

/* TACIT_NO_ALERT stands in tacit_error.alert when nothing was, or will be, said on the wire. */
enum { TACIT_NO_ALERT = 255 };

/* struct tacit_error is a value: it owns nothing and its strings are static. All zero: no error. */
struct tacit_error {
    uint16_t reason;   /* number of the row in the table of reasons; 0: no error. Use `name`, which
                        * is stable */
    uint8_t origin;    /* a tacit_origin */
    uint8_t alert;     /* the alert sent, or received when origin is PEER_ALERT; TACIT_NO_ALERT if
                        * none */
    uint32_t detail;   /* the suite, extension, message, alert or length in question; see the
                        * sentence */
    int32_t depth;     /* which certificate (0 is the leaf), -1 when none is meant */
    const char *code;  /* the class, such as "cert.expired": stable, and one exit status of the tool
                        * each */
    const char *name;  /* the reason, such as "SUITE_NOT_OFFERED": stable */
    const char *rule;  /* where it is written, such as "RFC 9846 4.2.3" */
    const char *state; /* the handshake state in which it happened, such as "WAIT_SH", or NULL */
    const char *file;  /* where in the source it was found */
    uint32_t line;
};

/* The functions below take NULL for no error: what tacit_conn_error gives where there is none. */

/* tacit_error_sentence writes one sentence that says what happened, for a person, into `out` (at
 * most `cap` bytes, always terminated) and returns its length without the terminator, which may be
 * more than fits. */
TACIT_API size_t tacit_error_sentence(const tacit_error *error, char *out, size_t cap);

/* tacit_error_advice is one sentence that says what to do about it, by the reason and by whether
 * the leaf or an authority above it is at fault; never NULL. It is the tacit command's, and may
 * name an option of that. */
TACIT_API const char *tacit_error_advice(const tacit_error *error);

/* tacit_error_exit_status is the exit status that the tacit command ends with for this error; 0 for
 * none. */
TACIT_API int tacit_error_exit_status(const tacit_error *error);

#ifdef __cplusplus
}
#endif
#endif
