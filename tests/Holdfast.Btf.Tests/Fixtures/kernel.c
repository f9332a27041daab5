// CO-RE relocations that are resolved against the running kernel. Command: see build.sh.
#define core __attribute__((preserve_access_index))
#define SECTION(name) __attribute__((section(name), used))
#define FIELD(expr, what) __builtin_preserve_field_info(expr, what)

typedef struct {
	int counter;
} atomic_t;

struct task_struct___mine {
	int pid;
	int tgid;
	char comm[16];
	struct task_struct___mine *group_leader;
	unsigned int in_execve : 1;
	unsigned int sched_reset_on_fork : 1;
} core;

struct sock_common {
	union {
		struct {
			unsigned int skc_daddr;
			unsigned int skc_rcv_saddr;
		};
	};
	unsigned short skc_family;
} core;

struct sock {
	struct sock_common __sk_common;
	struct no_such_thing *nothing;
} core;

struct sk_buff {
	unsigned int len;
	unsigned int mark;
	unsigned char pkt_type : 3;
	unsigned char ip_summed : 2;
} core;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_NONE = 77 };

char LICENSE[] SECTION("license") = "GPL";

SECTION("raw_tp") unsigned long long prog(unsigned long long *ctx)
{
	struct task_struct___mine *t = (void *)ctx[0];
	struct sock *s = (void *)ctx[1];
	struct sk_buff *b = (void *)ctx[2];
	unsigned long long r = 0;

	r += t->pid;
	r += t->comm[3];
	r += (unsigned long long)t->group_leader;
	r += FIELD(t->in_execve, 0) + FIELD(t->in_execve, 1) + FIELD(t->in_execve, 4) + FIELD(t->in_execve, 5);
	r += FIELD(t->sched_reset_on_fork, 0) + FIELD(t->sched_reset_on_fork, 4) + FIELD(t->sched_reset_on_fork, 3);
	r += FIELD(t->comm, 1) + FIELD(t->comm, 2) + FIELD(t->pid, 3);
	r += s->__sk_common.skc_daddr + s->__sk_common.skc_family;
	r += FIELD(s->nothing, 2);
	r += (unsigned long long)s->nothing;
	r += b->len + b->mark;
	r += FIELD(b->pkt_type, 0) + FIELD(b->pkt_type, 1) + FIELD(b->pkt_type, 4) + FIELD(b->pkt_type, 5);
	r += FIELD(b->ip_summed, 0) + FIELD(b->ip_summed, 4);
	r += __builtin_preserve_type_info(*(struct sock *)0, 1);
	r += __builtin_preserve_type_info(*(struct sk_buff *)0, 0);
	r += __builtin_preserve_type_info(*(atomic_t *)0, 1);
	r += __builtin_btf_type_id(*(struct sk_buff *)0, 1);
	r += __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_TGID, 1);
	r += __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_NONE, 0);
	return r;
}
