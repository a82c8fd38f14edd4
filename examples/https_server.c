/* https_server CHAIN KEY PORT [VISITORS]: greets whoever asks, a few at a time: each of its threads
 * takes one visitor after the other. It ends after that many, if a number is given. */
#include "complain.h"
#include "listen.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static tacit_config *config; /* immutable: all threads use it without a lock */
static int listener;
static atomic_long left; /* visitors */

static bool read_request(tacit_stream *s)
{
    char head[4096] = "";
    for (size_t n = 0; !strstr(head, "\r\n\r\n");) {
        ptrdiff_t got = tacit_stream_read(s, head + n, sizeof head - 1 - n);
        if (got <= 0) /* also where there is no room left */
            return false;
        n += (size_t)got;
    }
    return true;
}

static void serve(tacit_stream *s)
{
    char page[512];
    tacit_info info = {.size = sizeof info};
    if (read_request(s) && tacit_conn_info(tacit_stream_conn(s), &info)) {
        int n = snprintf(page, sizeof page,
                         "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHello over %s, %s, %s.\n",
                         info.version_name, info.suite_name, info.group_name);
        tacit_stream_write(s, page, (size_t)n);
    }
    tacit_stream_close(s, true);
    if (tacit_stream_error(s))
        complain(tacit_stream_error(s));
}

static void *serve_some(void *unused)
{
    while (atomic_fetch_sub(&left, 1) > 0) {
        int fd = accept(listener, NULL, NULL);
        tacit_stream *s = tacit_stream_new(tacit_server_new(config, NULL), NULL);
        if (s && fd >= 0) {
            tacit_stream_attach(s, fd, fd);
            tacit_stream_timeout(s, 10000);
            serve(s);
        }
        tacit_stream_free(s);
        close(fd);
    }
    return unused;
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    pthread_t threads[8];
    int n = 0;
    if (argc < 4)
        return fprintf(stderr, "usage: https_server CHAIN KEY PORT [VISITORS]\n"), 2;
    left = argc > 4 ? atol(argv[4]) : INT32_MAX;
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_identity *id = tacit_identity_files(env, argv[1], argv[2], NULL, NULL, &error);
    tacit_config_options options = {
        .size = sizeof options, .identities = &id, .n_identities = 1, .handshake_timeout = 10000};
    config = tacit_server_config(env, &options, &error);
    listener = config ? listen_on(argv[3]) : -1;
    while (listener >= 0 && n < 8 && !pthread_create(&threads[n], NULL, serve_some, NULL))
        n++;
    int status = n == 0 ? complain(&error) : 0;
    while (n > 0)
        pthread_join(threads[--n], NULL);
    tacit_config_free(config);
    tacit_identity_free(id);
    tacit_env_free(env);
    return status;
}
