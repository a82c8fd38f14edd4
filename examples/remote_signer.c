/* remote_signer CHAIN KEY PORT [VISITORS]: the key lives in a process of its own. The process that
 * speaks with the network has the certificates alone; what it must sign, it sends to the other one
 * (the task SIGN). Visitors get a line. */
#include "complain.h"
#include "listen.h"

#include <string.h>
#include <sys/wait.h>

/* One message each way; both ends are this program. */
struct question {
    uint16_t scheme, n;
    uint8_t content[512];
};

struct answer {
    uint16_t n; /* 0: refused */
    uint8_t signature[1024];
};

/* ---- the process with the key ---------------------------------------------------------------- */

/* RFC 9846 4.5.2: what a server signs begins with 64 spaces and these words. A signer that signs
 * whatever it is asked to is as good as a key that anybody may use. */
static bool is_handshake(const struct question *q)
{
    static const char words[] = "TLS 1.3, server CertificateVerify";
    for (size_t i = 0; i < 64; i++)
        if (q->content[i] != ' ')
            return false;
    return q->n > 64 + sizeof words && q->n <= sizeof q->content
           && memcmp(q->content + 64, words, sizeof words) == 0;
}

static int sign_for_others(int fd, const char *chain, const char *key)
{
    tacit_error error = {0};
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_identity *id = tacit_identity_files(env, chain, key, NULL, NULL, &error);
    int status = id ? 0 : complain(&error);
    struct question q;
    while (id && recv(fd, &q, sizeof q, 0) == sizeof q) {
        struct answer a = {0};
        if (is_handshake(&q))
            a.n = (uint16_t)tacit_identity_sign(id, a.signature, q.scheme,
                                                (tacit_span){q.content, q.n});
        if (send(fd, &a, sizeof a, MSG_NOSIGNAL) != sizeof a)
            break;
    }
    tacit_identity_free(id);
    tacit_env_free(env);
    return status;
}

/* ---- the process with the connections -------------------------------------------------------- */

static void ask(tacit_task *task, int signer)
{
    tacit_signing what = {.size = sizeof what};
    struct question q = {0};
    struct answer a;
    if (!tacit_task_signing(task, &what) || what.content.n > sizeof q.content)
        return;
    q.scheme = what.scheme;
    q.n = (uint16_t)what.content.n;
    memcpy(q.content, what.content.p, what.content.n);
    if (send(signer, &q, sizeof q, MSG_NOSIGNAL) == sizeof q
        && recv(signer, &a, sizeof a, 0) == sizeof a && a.n > 0 && a.n <= sizeof a.signature)
        tacit_task_signed(task, (tacit_span){a.signature, a.n}); /* it is checked first */
}

/* This server waits for the signer. One with an event loop would serve others meanwhile, and answer
 * when the signature comes (worker_pool.c). */
static void serve(tacit_stream *s, int signer)
{
    static const char line[] = "signed elsewhere\n";
    tacit_stream_result r;
    while ((r = tacit_stream_handshake(s)) == TACIT_STREAM_WANT_TASK) {
        tacit_conn *conn = tacit_stream_conn(s);
        tacit_task *task = tacit_conn_take_task(conn);
        if (!task)
            continue; /* no memory: the connection has failed */
        ask(task, signer);
        tacit_conn_answer(conn, task); /* without a signature, the handshake fails */
    }
    if (r != TACIT_STREAM_DONE || tacit_stream_write(s, line, sizeof line - 1) < 0)
        complain(tacit_stream_error(s));
    tacit_stream_close(s, true);
}

static tacit_config *keyless_config(const char *path, tacit_error *error)
{
    char pem[1 << 16];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(pem, 1, sizeof pem, f) : 0;
    if (f)
        fclose(f);
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_identity *id = tacit_identity_chain(env, (tacit_span){(uint8_t *)pem, n}, error);
    tacit_config_options options = {.size = sizeof options,
                                    .identities = &id,
                                    .n_identities = 1,
                                    .tasks = TACIT_TASK_SIGN,
                                    .handshake_timeout = 10000};
    tacit_config *config = tacit_server_config(env, &options, error);
    tacit_identity_free(id);
    tacit_env_free(env);
    return config;
}

static int serve_all(int signer, const char *chain, const char *port, long visitors)
{
    tacit_error error = {0};
    tacit_config *config = keyless_config(chain, &error);
    int listener = config ? listen_on(port) : -1, status = listener < 0 ? complain(&error) : 0;
    for (; listener >= 0 && visitors != 0; visitors -= visitors > 0) {
        tacit_stream *s = tacit_stream_new(tacit_server_new(config, &error), &error);
        int fd = accept(listener, NULL, NULL);
        if (s && fd >= 0) {
            tacit_stream_attach(s, fd, fd);
            tacit_stream_timeout(s, 10000);
            serve(s, signer);
        }
        tacit_stream_free(s);
        close(fd);
    }
    close(listener);
    tacit_config_free(config);
    return status;
}

int main(int argc, char **argv)
{
    int fds[2], status = 1;
    if (argc < 4)
        return fprintf(stderr, "usage: remote_signer CHAIN KEY PORT [VISITORS]\n"), 2;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) != 0)
        return complain(NULL);
    pid_t signer = fork(); /* before anything of tacit exists: nothing is shared */
    if (signer < 0)
        return complain(NULL);
    close(fds[signer > 0]); /* 0 is ours, 1 the signer's */
    if (signer == 0)
        return sign_for_others(fds[1], argv[1], argv[2]);
    status = serve_all(fds[0], argv[1], argv[3], argc > 4 ? atol(argv[4]) : -1);
    close(fds[0]); /* which ends the signer */
    int signers = 0;
    waitpid(signer, &signers, 0);
    return status ? status : WIFEXITED(signers) ? WEXITSTATUS(signers) : 1;
}
