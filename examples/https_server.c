/* https_server CHAIN KEY PORT [VISITORS]: greets whoever asks, a thread for each visitor; ends
 * after that many, if a number is given. */
#include "complain.h"
#include "listen.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

struct visitor {
    tacit_stream *stream;
    int fd;
};

static sem_t gone; /* counts visitors */

/* The request's head, or as much of it as there is room for. */
static bool read_request(tacit_stream *s, char *head, size_t room)
{
    size_t n = 0;
    ptrdiff_t got = 1;
    while (n + 1 < room && (got = tacit_stream_read(s, head + n, room - 1 - n)) > 0) {
        n += (size_t)got;
        head[n] = 0;
        if (strstr(head, "\r\n\r\n"))
            return true;
    }
    return false;
}

static void *serve(void *arg)
{
    struct visitor *v = arg;
    char head[4096], page[512];
    tacit_info info = {.size = sizeof info};
    if (read_request(v->stream, head, sizeof head)) {
        tacit_conn_info(tacit_stream_conn(v->stream), &info);
        int n = snprintf(page, sizeof page,
                         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
                         "Hello over %s, %s, %s.\n",
                         info.version_name, info.suite_name, info.group_name);
        tacit_stream_write(v->stream, page, (size_t)n);
    }
    tacit_stream_close(v->stream, true);
    if (tacit_stream_error(v->stream))
        complain(tacit_stream_error(v->stream));
    tacit_stream_free(v->stream);
    close(v->fd);
    free(v);
    sem_post(&gone);
    return NULL;
}

static bool welcome(tacit_config *config, int fd, tacit_error *error)
{
    tacit_stream *s = tacit_stream_new(tacit_server_new(config, error), error);
    struct visitor *v = malloc(sizeof *v);
    pthread_t thread;
    if (s && v) {
        *v = (struct visitor){s, fd};
        tacit_stream_attach(s, fd, fd);
        tacit_stream_timeout(s, 10000);
        if (pthread_create(&thread, NULL, serve, v) == 0)
            return pthread_detach(thread) == 0;
    }
    tacit_stream_free(s);
    close(fd);
    free(v);
    return false;
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    if (argc < 4)
        return fprintf(stderr, "usage: https_server CHAIN KEY PORT [VISITORS]\n"), 2;
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_identity *id = tacit_identity_files(env, argv[1], argv[2], NULL, NULL, &error);
    tacit_config_options options = {
        .size = sizeof options, .identities = &id, .n_identities = 1, .handshake_timeout = 10000};
    tacit_config *config = tacit_server_config(env, &options, &error);
    int listener = config ? listen_on(argv[3]) : -1, fd = listener;
    long count = argc > 4 ? atol(argv[4]) : -1, came = 0;
    sem_init(&gone, 0, 0);
    while (fd >= 0 && came != count) {
        fd = accept(listener, NULL, NULL);
        if (fd >= 0 && welcome(config, fd, &error))
            came++;
        else
            fd = -1;
    }
    int status = fd < 0 ? complain(&error) : 0;
    for (; came > 0; came--)
        sem_wait(&gone);
    close(listener);
    tacit_config_free(config);
    tacit_identity_free(id);
    tacit_env_free(env);
    return status;
}
