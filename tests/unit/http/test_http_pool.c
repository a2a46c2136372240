/* The connections that calls share: how many there are, who waits, which are kept, and how names become addresses. */
#include "tests/unit/rows.h"

#include <netdb.h>
#include <semaphore.h>

#include "base/clock.h"
#include "base/limits.h"
#include "http/multi.h"
#include "tests/unit/http/crowd.h"

#define MANY 500
#define KEPT 256 /* idle connections that a pool keeps */

static struct loop *loop;
static struct http_multi *multi;
static struct crowd *crowd;

/* A clock that can be put forward. */
static int64_t forward_ms;

int64_t __real_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void)
{
    return __real_clock_monotonic_ms() + forward_ms;
}

/* A name server: NAME.test has the addresses of the test. */
static struct sockaddr_in addresses[3];
static size_t address_count;
static atomic_int lookups;
static atomic_bool lookup_waits;
static sem_t lookup_may_end;

int __real_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out);
int __wrap_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out);
int __wrap_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out)
{
    bool waits = lookup_waits;
    struct addrinfo *list = NULL;

    if (!strstr(name, ".test") || hints->ai_flags & AI_NUMERICHOST)
        return __real_getaddrinfo(name, port, hints, out);
    lookups++;
    if (waits)
        sem_wait(&lookup_may_end);
    for (size_t i = address_count; i > 0; i--) {
        struct addrinfo *entry = calloc(1, sizeof(*entry));

        *entry = (struct addrinfo){.ai_family = AF_INET,
                                   .ai_addr = (struct sockaddr *)&addresses[i - 1],
                                   .ai_addrlen = sizeof(addresses[0]),
                                   .ai_next = list};
        list = entry;
    }
    *out = list;
    return list ? 0 : EAI_NONAME;
}

void __real_freeaddrinfo(struct addrinfo *list);
void __wrap_freeaddrinfo(struct addrinfo *list);
void __wrap_freeaddrinfo(struct addrinfo *list)
{
    bool is_ours = list && list->ai_addr >= (struct sockaddr *)&addresses[0] &&
                   list->ai_addr <= (struct sockaddr *)&addresses[COUNT(addresses) - 1];

    if (!is_ours)
        __real_freeaddrinfo(list);
    while (is_ours && list) {
        struct addrinfo *next = list->ai_next;

        free(list);
        list = next;
    }
}

static void add_address(const char *text, int port)
{
    struct sockaddr_in *address = &addresses[address_count++];

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    assert_int_equal(inet_pton(AF_INET, text, &address->sin_addr), 1);
}

/* One call, and what was told of it. */
struct told {
    char url[64];
    struct buf body;
    int dones;
    struct http_reply reply;
    struct http_exchange *exchange;
    struct http_sink sink;
};

static struct told told[MANY];

static int on_head(void *arg, const struct http_head *head)
{
    (void)arg;
    return head->status == 200 ? 0 : -1;
}

static int on_body(void *arg, const char *data, size_t len)
{
    return buf_add(&((struct told *)arg)->body, data, len);
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct told *t = arg;

    t->dones++;
    t->reply = *reply;
    t->exchange = NULL;
}

static int setup(void **state)
{
    (void)state;
    forward_ms = 0;
    lookups = 0;
    address_count = 0;
    lookup_waits = false;
    loop = loop_new();
    multi = http_multi_new(loop);
    crowd = crowd_start(false);
    memset(told, 0, sizeof(told));
    return loop && multi ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    http_multi_free(multi);
    loop_free(loop);
    crowd_stop(crowd);
    for (size_t i = 0; i < MANY; i++)
        buf_free(&told[i].body);
    return 0;
}

static void start_with(size_t i, const char *host, int port, struct http_call call)
{
    struct told *t = &told[i];

    snprintf(t->url, sizeof(t->url), "http://%s:%d/%zu", host, port, i);
    t->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = t};
    buf_init(&t->body, KIB(4));
    call.url = t->url;
    call.sink = &t->sink;
    call.plain_allowed = true;
    if (!call.method)
        call.method = "GET";
    if (call.reach == HTTP_REACH_PUBLIC)
        call.reach = HTTP_REACH_ANY;
    t->exchange = http_multi_start(multi, &call, on_done, t);
    assert_non_null(t->exchange);
}

static void start(size_t i)
{
    start_with(i, "127.0.0.1", crowd->port, (struct http_call){.method = "GET"});
}

static void turn(void)
{
    loop_run_once(loop, http_multi_wait_ms(multi, 10));
    http_multi_run(multi);
}

/* Turns until the condition holds; a minute is as good as never. */
#define turn_until(condition)                                                                                          \
    do {                                                                                                               \
        int64_t turns_end_ = __real_clock_monotonic_ms() + 60000;                                                      \
                                                                                                                       \
        while (!(condition) && __real_clock_monotonic_ms() < turns_end_)                                               \
            turn();                                                                                                    \
        assert_true(condition);                                                                                        \
    } while (0)

static size_t count_done(size_t from, size_t to)
{
    size_t done = 0;

    for (size_t i = from; i < to; i++)
        done += told[i].dones > 0;
    return done;
}

static void assert_answered(size_t i)
{
    char path[CROWD_PATH];

    snprintf(path, sizeof(path), "/%zu", i);
    assert_int_equal(told[i].dones, 1);
    assert_int_equal(told[i].reply.result, HTTP_OK);
    assert_str(buf_str(&told[i].body), path);
}

static void five_hundred_at_once_share_the_connections_and_none_is_lost(void **state)
{
    (void)state;
    http_multi_limit(multi, 20, MANY);
    for (size_t i = 0; i < MANY; i++)
        start(i);
    turn_until(crowd->requests == 20);
    crowd_open(crowd);
    turn_until(count_done(0, MANY) == MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_answered(i);
    assert_int_equal(crowd->most, 20);
    assert_int_equal(crowd->accepted, 20);
}

static void without_a_limit_each_has_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < 50; i++)
        start(i);
    turn_until(crowd->requests == 50);
    assert_int_equal(crowd->accepted, 50);
    crowd_open(crowd);
    turn_until(count_done(0, 50) == 50);
}

static void who_came_first_has_the_next_turn(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 100);
    for (size_t i = 0; i < 40; i++)
        start(i);
    crowd_open(crowd);
    turn_until(count_done(0, 40) == 40);
    for (size_t i = 0; i < 40; i++) {
        char path[CROWD_PATH];

        snprintf(path, sizeof(path), "/%zu", i);
        assert_string_equal(crowd->order[i], path);
    }
}

static void beyond_the_queue_it_is_busy_and_nothing_is_sent(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 2);
    for (size_t i = 0; i < 4; i++)
        start(i);
    turn_until(told[3].dones == 1);
    assert_int_equal(told[3].reply.result, HTTP_BUSY);
    assert_int_equal(count_done(0, 3), 0);
    crowd_open(crowd);
    turn_until(count_done(0, 3) == 3);
    for (size_t i = 0; i < 3; i++)
        assert_answered(i);
    assert_int_equal(crowd->requests, 3);
}

static void who_waits_waits_no_longer_than_his_own_time(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 2);
    start(0);
    start_with(1, "127.0.0.1", crowd->port, (struct http_call){.timeout_ms = 5000});
    start(2);
    turn_until(crowd->requests == 1);
    assert_int_equal(count_done(0, 3), 0);
    forward_ms += 5000;
    turn_until(told[1].dones == 1);
    assert_int_equal(told[1].reply.result, HTTP_TIMEOUT);
    assert_string_equal(told[1].reply.detail, "no connection in time");
    crowd_open(crowd);
    turn_until(count_done(0, 3) == 3);
    assert_answered(0);
    assert_answered(2);
    assert_int_equal(crowd->requests, 2);
}

static void what_lasts_takes_no_place_from_what_is_short(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 100);
    for (size_t i = 0; i < 10; i++)
        start_with(i, "127.0.0.1", crowd->port, (struct http_call){.lasts = true});
    start(10);
    start(11);
    turn_until(crowd->requests == 11);
    assert_int_equal(crowd->accepted, 11);
    start_with(12, "127.0.0.1", crowd->port, (struct http_call){.lasts = true}); /* nor does it wait for one */
    turn_until(crowd->requests == 12);
    assert_int_equal(crowd->accepted, 12);
    crowd_open(crowd);
    turn_until(count_done(0, 13) == 13);
    assert_answered(11);
}

static void a_call_that_is_dropped_gives_its_place_to_the_next(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 100);
    for (size_t i = 0; i < 5; i++)
        start(i);
    turn_until(crowd->requests == 1);
    http_exchange_drop(told[4].exchange); /* the last in the queue, and one amidst it */
    http_exchange_drop(told[2].exchange);
    start(5);
    http_exchange_drop(told[0].exchange); /* the one that has the connection */
    turn_until(crowd->requests == 2);
    crowd_open(crowd);
    turn_until(count_done(0, 6) == 3);
    assert_answered(1);
    assert_answered(3);
    assert_answered(5);
}

static void who_waits_for_a_server_that_is_gone_is_told(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 100);
    for (size_t i = 0; i < 30; i++)
        start_with(i, "127.0.0.1", 1, (struct http_call){.method = "GET"});
    turn_until(count_done(0, 30) == 30);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(told[i].reply.result, HTTP_REFUSED);
}

static void freeing_leaves_nobody_in_the_queue(void **state)
{
    (void)state;
    http_multi_limit(multi, 1, 100);
    for (size_t i = 0; i < 10; i++)
        start(i);
    turn_until(crowd->requests == 1); /* the rest is the leak checker's */
}

static void so_many_connections_are_kept_and_for_a_minute(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEPT + 10; i++)
        start(i);
    turn_until(crowd->requests == KEPT + 10);
    crowd_open(crowd);
    turn_until(count_done(0, KEPT + 10) == KEPT + 10);
    turn_until(crowd->connections == KEPT);
    forward_ms += 59000;
    start(KEPT + 10); /* what is used begins its minute anew */
    turn_until(told[KEPT + 10].dones == 1);
    assert_int_equal(crowd->accepted, KEPT + 10);
    forward_ms += 10000;
    turn_until(crowd->connections == 1);
    forward_ms += 60000;
    turn_until(crowd->connections == 0);
}

static void an_answer_before_the_body_was_taken_is_whole_and_its_connection_ends(void **state)
{
    static char body[MIB(8)];
    struct http_call call = {.method = "POST", .has_body = true, .body = {body, sizeof(body)}};

    (void)state;
    memset(body, 'x', sizeof(body));
    crowd_open(crowd);
    start_with(0, "127.0.0.1", crowd->port, call);
    turn_until(told[0].dones == 1);
    assert_answered(0);
    turn_until(crowd->connections == 0);
    start(1);
    turn_until(told[1].dones == 1);
    assert_answered(1);
    assert_int_equal(crowd->accepted, 2);
}

/* Names */

static void a_name_is_looked_up_once_for_all_who_wait_and_again_after_a_minute(void **state)
{
    (void)state;
    add_address("127.0.0.1", crowd->port);
    crowd_open(crowd);
    lookup_waits = true;
    for (size_t i = 0; i < 5; i++)
        start_with(i, "name.test", crowd->port, (struct http_call){.method = "GET"});
    turn_until(lookups == 1);
    lookup_waits = false;
    sem_post(&lookup_may_end);
    turn_until(count_done(0, 5) == 5);
    for (size_t i = 0; i < 5; i++)
        assert_answered(i);
    assert_int_equal(lookups, 1);
    forward_ms += 61000;
    turn_until(crowd->connections == 0);
    start_with(5, "name.test", crowd->port, (struct http_call){.method = "GET"});
    turn_until(told[5].dones == 1);
    assert_answered(5);
    assert_int_equal(lookups, 2);
}

static void what_can_come_of_names(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *addresses[3]; /* "": that of nobody */
        enum http_reach reach;
        enum http_result result;
    } rows[] = {
        {__LINE__, "the first refuses, the second answers", {"127.0.0.2", "127.0.0.1"}, HTTP_REACH_ANY, HTTP_OK},
        {__LINE__, "all refuse", {"127.0.0.2", "127.0.0.3"}, HTTP_REACH_ANY, HTTP_REFUSED},
        {__LINE__, "there are none", {NULL}, HTTP_REACH_ANY, HTTP_UNRESOLVED},
        {__LINE__, "none may be reached", {"127.0.0.1", "169.254.169.254"}, HTTP_REACH_INTERNET, HTTP_FORBIDDEN},
    };

    (void)state;
    crowd_open(crowd);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[32];

        address_count = 0;
        for (size_t a = 0; a < 3 && rows[i].addresses[a]; a++)
            add_address(rows[i].addresses[a], crowd->port);
        snprintf(name, sizeof(name), "row-%zu.test", i);
        start_with(i, name, crowd->port, (struct http_call){.reach = rows[i].reach});
        turn_until(told[i].dones == 1);
        row_int(rows[i].line, told[i].reply.result, rows[i].result);
        row_true(rows[i].line, rows[i].sentence, (told[i].reply.result == HTTP_OK) == (told[i].body.len > 0));
    }
}

/* A port on which connections are begun and never accepted. */
static int silent_port(int fds[8])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&address, &size), 0);
    for (int i = 1; i < 8; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(fds[i], (struct sockaddr *)&address, size) < 0)
            assert_int_equal(errno, EINPROGRESS);
    }
    return ntohs(address.sin_port);
}

static void an_address_that_does_not_answer_gives_way_to_the_next(void **state)
{
    int fds[8];
    int silent = silent_port(fds);

    (void)state;
    crowd_open(crowd);
    add_address("127.0.0.1", silent);
    add_address("127.0.0.1", crowd->port);
    start_with(0, "both.test", 443, (struct http_call){.method = "GET"});
    turn_until(lookups == 1);
    for (int i = 0; i < 20; i++)
        turn(); /* begins to connect, and waits */
    assert_int_equal(told[0].dones, 0);
    forward_ms += 3400; /* a third of ten seconds */
    turn_until(told[0].dones == 1);
    assert_answered(0);

    address_count = 0;
    add_address("127.0.0.1", silent);
    start_with(1, "silent.test", 443, (struct http_call){.connect_timeout_ms = 2000});
    turn_until(lookups == 2);
    for (int i = 0; i < 20; i++)
        turn();
    forward_ms += 2000;
    turn_until(told[1].dones == 1);
    assert_int_equal(told[1].reply.result, HTTP_TIMEOUT);
    assert_string_equal(told[1].reply.detail, "no connection in time");
    for (int i = 0; i < 8; i++)
        close(fds[i]);
}

static void who_leaves_while_a_name_is_looked_up_is_not_told(void **state)
{
    (void)state;
    add_address("127.0.0.1", crowd->port);
    lookup_waits = true;
    start_with(0, "name.test", crowd->port, (struct http_call){.method = "GET"});
    start_with(1, "name.test", crowd->port, (struct http_call){.method = "GET"});
    turn_until(lookups == 1);
    http_exchange_drop(told[0].exchange);
    crowd_open(crowd);
    lookup_waits = false;
    sem_post(&lookup_may_end);
    turn_until(told[1].dones == 1);
    assert_answered(1);
    assert_int_equal(told[0].dones, 0);
    assert_int_equal(crowd->requests, 1);
}

static void a_lookup_may_end_after_all_else(void **state)
{
    (void)state;
    lookup_waits = true;
    start_with(0, "name.test", crowd->port, (struct http_call){.method = "GET"});
    turn_until(lookups == 1);
    http_multi_free(multi);
    loop_free(loop);
    lookup_waits = false;
    sem_post(&lookup_may_end);
    loop = loop_new();
    multi = http_multi_new(loop);
    start_with(1, "other.test", crowd->port, (struct http_call){.method = "GET"});
    turn_until(told[1].dones == 1);
    assert_int_equal(told[1].reply.result, HTTP_UNRESOLVED);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(five_hundred_at_once_share_the_connections_and_none_is_lost),
        IN_A_WORLD(without_a_limit_each_has_its_own),
        IN_A_WORLD(who_came_first_has_the_next_turn),
        IN_A_WORLD(beyond_the_queue_it_is_busy_and_nothing_is_sent),
        IN_A_WORLD(who_waits_waits_no_longer_than_his_own_time),
        IN_A_WORLD(what_lasts_takes_no_place_from_what_is_short),
        IN_A_WORLD(a_call_that_is_dropped_gives_its_place_to_the_next),
        IN_A_WORLD(who_waits_for_a_server_that_is_gone_is_told),
        IN_A_WORLD(freeing_leaves_nobody_in_the_queue),
        IN_A_WORLD(so_many_connections_are_kept_and_for_a_minute),
        IN_A_WORLD(an_answer_before_the_body_was_taken_is_whole_and_its_connection_ends),
        IN_A_WORLD(a_name_is_looked_up_once_for_all_who_wait_and_again_after_a_minute),
        IN_A_WORLD(what_can_come_of_names),
        IN_A_WORLD(an_address_that_does_not_answer_gives_way_to_the_next),
        IN_A_WORLD(who_leaves_while_a_name_is_looked_up_is_not_told),
        IN_A_WORLD(a_lookup_may_end_after_all_else),
    };

    sem_init(&lookup_may_end, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
