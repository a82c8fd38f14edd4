/* hello HOST PORT: fetches / over TLS and prints it. Nobody is believed whose certificate does not
 * prove HOST to the system's authorities. */
#include "complain.h"
#include "dial.h"

int main(int argc, char **argv)
{
    static const char ask[] = "GET / HTTP/1.0\r\n\r\n";
    char page[4096];
    tacit_error error = {0}; /* the first that fails says why; those after it fail too */
    ptrdiff_t n = TACIT_STREAM_ERROR;
    if (argc != 3)
        return 2;
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_config *config = tacit_client_config(env, NULL, &error);
    tacit_conn *conn = tacit_client_new(config, argv[1], &error); /* who must be proven */
    tacit_stream *stream = tacit_stream_new(conn, &error);
    int fd = stream ? dial(argv[1], argv[2]) : -1;
    if (fd >= 0) {
        tacit_stream_attach(stream, fd, fd);
        n = tacit_stream_write(stream, ask, sizeof ask - 1); /* after the handshake */
        while (n > 0 && (n = tacit_stream_read(stream, page, sizeof page)) > 0)
            fwrite(page, 1, (size_t)n, stdout);
    }
    bool whole = n == TACIT_STREAM_DONE; /* nothing else says that the page is complete */
    int status = whole ? 0 : complain(stream ? tacit_stream_error(stream) : &error);
    tacit_stream_free(stream);
    tacit_config_free(config);
    tacit_env_free(env);
    return status;
}
