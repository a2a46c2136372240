#include "http/client.h"

#include <stdlib.h>

#include "http/transfer.h"

#define ASK_EVERY_MS 500

struct http_client {
    CURL *easy;
};

int http_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

struct http_client *http_client_new(void)
{
    struct http_client *client = calloc(1, sizeof(*client));

    if (!client)
        return NULL;
    client->easy = curl_easy_init();
    if (!client->easy) {
        free(client);
        return NULL;
    }
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    free(client);
}

struct str http_head_get(const struct http_head *head, const char *name)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (str_equal_ignore_case(head->headers[i].name, str_from(name)))
            return head->headers[i].value;
    return STR("");
}

/* While the source has nothing, the answer may come all the same: both descriptors are waited for. */
static CURLcode perform_with_source(CURL *easy, struct transfer *t)
{
    CURLM *multi = curl_multi_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURLMsg *message;
    int running = 0;
    int left;

    if (!multi || curl_multi_add_handle(multi, easy) != CURLM_OK) {
        curl_multi_cleanup(multi);
        return code;
    }
    while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0) {
        struct curl_waitfd fd = {.fd = t->call->source->fd, .events = CURL_WAIT_POLLIN};

        curl_multi_poll(multi, &fd, t->source_waits ? 1 : 0, ASK_EVERY_MS, NULL);
        if (t->source_waits && fd.revents != 0) {
            t->source_waits = false;
            curl_easy_pause(easy, CURLPAUSE_CONT);
        }
    }
    message = curl_multi_info_read(multi, &left);
    if (message && message->msg == CURLMSG_DONE)
        code = message->data.result;
    curl_multi_remove_handle(multi, easy);
    curl_multi_cleanup(multi);
    return code;
}

int http_perform(struct http_client *client, struct arena *arena, const struct http_call *call,
                 struct http_reply *reply)
{
    struct transfer t = {.call = call, .reply = reply, .arena = arena};
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (!client) {
        *reply = (struct http_reply){.result = HTTP_INTERNAL, .detail = "this would have to wait"};
        return -1;
    }
    curl_easy_reset(client->easy);
    if (transfer_begin(&t, client->easy) == 0)
        code = call->source ? perform_with_source(client->easy, &t) : curl_easy_perform(client->easy);
    transfer_end(&t, client->easy, code);
    return reply->result == HTTP_OK ? 0 : -1;
}
