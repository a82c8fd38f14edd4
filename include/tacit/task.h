/* tacit/task.h: the steps of a handshake that may have to wait outside the connection.
 *
 * A configuration names the kinds that its host takes (`tasks`); a host that names none never sees
 * one. When a connection wants TACIT_WANT_TASK, take the task, answer it now or later, from
 * wherever the answer comes, and hand it back on the connection's own thread:
 *
 *     tacit_task *task = tacit_conn_take_task(conn);
 *     ... tacit_task_run(task), on any thread; or ask a remote signer, a policy, a person ...
 *     tacit_conn_answer(conn, task);
 *
 * While a task is out, the connection opens no record. A connection that ends meanwhile makes the
 * answer stale, which harms nothing. */
#ifndef TACIT_TASK_H
#define TACIT_TASK_H

#include <tacit/conn.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_task_kind: bits, so that a set of them goes into tacit_config_options.tasks. */
typedef enum tacit_task_kind {
    TACIT_TASK_HELLO = 1u << 1,  /* a server: which configuration serves this hello?            */
    TACIT_TASK_VERIFY = 1u << 2, /* check the peer's path and signature; the host may refuse    */
    TACIT_TASK_SIGN = 1u << 3,   /* sign the handshake with our key                             */
    TACIT_TASK_KEX = 1u << 4,    /* agree on the shared secret                                  */
    TACIT_TASK_CHOOSE = 1u << 5  /* a client: which certificate does this server get to see?    */
} tacit_task_kind;

/* tacit_task owns its inputs: it may outlive its connection. One thread at a time. */
typedef struct tacit_task tacit_task;

/* tacit_conn_take_task gives the task that the connection waits for, once; NULL if there is none to
 * take (or no memory: the connection has then failed). End it by tacit_conn_answer or
 * tacit_task_free. */
TACIT_API tacit_task *tacit_conn_take_task(tacit_conn *conn);

/* tacit_task_what is the kind. */
TACIT_API tacit_task_kind tacit_task_what(const tacit_task *task);

/* tacit_task_run does SIGN (with the identity's own key), VERIFY and KEX, on any thread. What was
 * not run or answered otherwise is run by tacit_conn_answer. True if it came out well. */
TACIT_API bool tacit_task_run(tacit_task *task);

/* tacit_conn_answer hands a task back, and the handshake goes on; the task is gone. False if the
 * connection does not wait for it (any more): the task then stays yours. */
TACIT_API bool tacit_conn_answer(tacit_conn *conn, tacit_task *task);

/* tacit_task_free ends a task that will not be handed back. A connection that still waits for it
 * waits until its deadline. NULL is fine. */
TACIT_API void tacit_task_free(tacit_task *task);

/* tacit_task_refuse makes the answer no: HELLO (the client is told access_denied), VERIFY
 * (certificate_unknown) and CHOOSE (no certificate is shown, and the server decides what comes of
 * that). It cannot be taken back. */
TACIT_API void tacit_task_refuse(tacit_task *task);

/* tacit_hello is what a client said: spans lent until the task ends. Lists are 16-bit code
 * points. */
typedef struct tacit_hello {
    size_t size;
    tacit_span server_name; /* empty: none                                                      */
    tacit_span alpn;        /* names of RFC 7301, each with its length before it                */
    tacit_span suites, groups, schemes, cert_schemes, versions;
    tacit_span raw; /* the whole body of the ClientHello                                */
} tacit_hello;

/* tacit_task_hello describes the hello of a HELLO task; `size` is set by the caller. False for
 * another kind. */
TACIT_API bool tacit_task_hello(const tacit_task *task, tacit_hello *hello);

/* tacit_task_use answers HELLO with a server's configuration, which takes over from here:
 * identities, client authentication, protocols. A reference is taken. False for the wrong kind or
 * role. */
TACIT_API bool tacit_task_use(tacit_task *task, tacit_config *config);

/* tacit_signing is what SIGN wants: a signature of `content` by `scheme`, with the key of the
 * certificate `leaf` (DER). Lent until the task ends. */
typedef struct tacit_signing {
    size_t size;
    uint16_t scheme;
    tacit_span content, leaf;
} tacit_signing;

/* tacit_task_signing describes it; `size` is set by the caller. False for another kind. */
TACIT_API bool tacit_task_signing(const tacit_task *task, tacit_signing *signing);

/* tacit_task_signed answers SIGN with a signature made elsewhere, at most 1024 bytes. It is checked
 * against the certificate before it is used: false if it is wrong. */
TACIT_API bool tacit_task_signed(tacit_task *task, tacit_span signature);

/* tacit_task_cert lends certificate `index` of a VERIFY task, as the peer sent it (DER, leaf
 * first), until the task ends; false past the last, and for another kind. */
TACIT_API bool tacit_task_cert(const tacit_task *task, size_t index, tacit_span *der);

/* tacit_request is what a server asks for in its CertificateRequest (RFC 9846 4.4.2): spans lent
 * until the task ends. */
typedef struct tacit_request {
    size_t size;
    tacit_span schemes;      /* code points that it takes in the handshake's signature          */
    tacit_span cert_schemes; /* and in certificates; empty: the same                            */
    tacit_span authorities;  /* DER Names of authorities that it believes, each with its length *
                              * before it, in 2 bytes; empty: it does not say                   */
} tacit_request;

/* tacit_task_request describes the request of a CHOOSE task; `size` is set by the caller. False for
 * another kind. */
TACIT_API bool tacit_task_request(const tacit_task *task, tacit_request *request);

/* tacit_task_choose answers CHOOSE with the identity to show, of the same environment; a reference
 * is taken, and the last one counts. False if it does not fit: its key cannot sign by a scheme that
 * both ends take, or it has none and SIGN is not the host's. Unanswered, the first of the
 * configuration's identities that fits is shown, as without the task. */
TACIT_API bool tacit_task_choose(tacit_task *task, tacit_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
