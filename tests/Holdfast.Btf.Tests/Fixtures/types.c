// Types for reading, printing and values. Command: see build.sh.
enum color { RED, GREEN = 5, BLUE = -1 };
typedef unsigned int u32;
typedef unsigned long long u64;
struct undefined;
union undefined_union;

struct bits {
	unsigned int a : 3;
	unsigned int b : 5;
	int c : 7;
	enum color color : 4;
	unsigned int : 0;
	_Bool flag : 1;
	u64 wide : 40;
};

struct inner {
	char name[8];
	signed char s8;
	short s16;
	union {
		u32 word;
		struct {
			unsigned short low;
			unsigned short high;
		};
	};
};

struct packed {
	char c;
	int i;
	long long l;
} __attribute__((packed));

struct aligned {
	char c;
	int x __attribute__((aligned(32)));
} __attribute__((aligned(64)));

struct node {
	struct node *next;
	const volatile struct undefined *hidden;
	union undefined_union *other;
	int (*callback)(struct node *self, const char *name, ...);
	void (*table[4])(void);
	int (*matrix)[3][5];
	double ratio;
	float small;
	__int128 huge;
	struct inner array[2];
	struct bits bits;
	struct packed packed;
	struct aligned aligned;
	enum color color;
	_Bool truth;
	unsigned char bytes[3];
	void *restrict only;
	long tail[];
};

struct only_padding {
	int first;
	long long : 64;
	char last;
	int : 24;
};

#define tag(x) __attribute__((btf_decl_tag(x)))
#define type_tag(x) __attribute__((btf_type_tag(x)))
struct tagged {
	int type_tag("user") *pointer;
	int number tag("a_number");
} tag("a_struct");

typedef struct { int x, y; } point;
typedef int (*compare_fn)(const void *, const void *);
typedef point points[4];

struct refs {
	points *points;
	compare_fn compare;
	enum color color;
};

int global_function(struct node *node, struct tagged *tagged, struct only_padding *p, struct refs *refs)
{
	return node->color + tagged->number + p->first + (*refs->points)[1].x + (refs->compare != 0) + refs->color;
}
