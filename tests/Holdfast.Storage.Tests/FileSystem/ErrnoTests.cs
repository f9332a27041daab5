using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>
/// (operation, situation) → errno, beside the kernel's bpffs. The same scene is set in both; <c>{fs}</c> is the mount, <c>{out}</c> a
/// directory outside. Rows that an ordinary directory can't match say what we answer instead, and why.
/// </summary>
[Collection(nameof(Alone))]
public partial class ErrnoTests
{
    public static TheoryData<string, Errno> Pins => new()
    {
        { "{fs}/new", Errno.None },
        { "{fs}/dir/new", Errno.None },
        { "{fs}/dir/../new", Errno.None },
        { "{fs}//dir///new", Errno.None },
        { "{fs}/tolink/new", Errno.None },
        { "{out}/tofs/new", Errno.None },
        { "{fs}/pin", Errno.EEXIST },
        { "{fs}/dir", Errno.EEXIST },
        { "{fs}/dangling", Errno.EEXIST },
        { "{fs}/", Errno.EEXIST },
        { "{fs}/.", Errno.EEXIST },
        { "{fs}/..", Errno.EEXIST },
        { "/", Errno.EEXIST },
        { "{fs}/dir/", Errno.EEXIST },
        { "{fs}/pin/", Errno.EEXIST },
        { "{fs}/new/", Errno.ENOENT },
        { "{fs}/none/new", Errno.ENOENT },
        { "{fs}/none/../new", Errno.ENOENT },
        { "{fs}/dangling/new", Errno.ENOENT },
        { "", Errno.ENOENT },
        { "{fs}/pin/new", Errno.ENOTDIR },
        { "{fs}/pin/..", Errno.ENOTDIR },
        { "{fs}/a.b", Errno.EPERM },
        { "{fs}/.hidden", Errno.EPERM },
        { "{fs}/dir/a.b", Errno.EPERM },
        { "{fs}/...", Errno.EPERM },
        { "{out}/new", Errno.EPERM },
        { "{out}/a.b", Errno.EPERM },
        { "{out}/new/", Errno.ENOENT },
        { "{out}/file", Errno.EEXIST },
        { "{out}/none/new", Errno.ENOENT },
        { "{fs}/loop/new", Errno.ELOOP },
        { "{fs}/" + new string('n', 255), Errno.None },
        { "{fs}/" + new string('n', 256), Errno.ENAMETOOLONG },
        { "{fs}/" + new string('n', 256) + ".x", Errno.EPERM },
        { "{out}/" + new string('n', 256), Errno.ENAMETOOLONG },
        { "{fs}/" + new string('n', 256) + "/new", Errno.ENAMETOOLONG },
        { "{fs}/" + new string('/', 4096) + "new", Errno.ENAMETOOLONG },
        { "{fs}/tolink", Errno.EEXIST },
    };

    public static TheoryData<string, Errno> Gets => new()
    {
        { "{fs}/pin", Errno.None },
        { "{fs}/dir/../pin", Errno.None },
        { "{fs}/topin", Errno.None },
        { "{fs}/dir", Errno.EACCES },
        { "{fs}", Errno.EACCES },
        { "{fs}/", Errno.EACCES },
        { "/", Errno.EACCES },
        { "{fs}/none", Errno.ENOENT },
        { "{fs}/dangling", Errno.ENOENT },
        { "{fs}/none/pin", Errno.ENOENT },
        { "", Errno.ENOENT },
        { "{fs}/pin/", Errno.ENOTDIR },
        { "{fs}/pin/x", Errno.ENOTDIR },
        { "{fs}/loop", Errno.ELOOP },
        { "{fs}/a.b", Errno.EPERM },
        { "{out}/file", Errno.EACCES },
        { "{out}/empty", Errno.EACCES },
        { "{out}/fifo", Errno.EACCES },
        { "{out}/none", Errno.ENOENT },
        { "{out}/a.b", Errno.ENOENT },
        { "/dev/null", Errno.EACCES },
        { "/proc/self/exe", Errno.EACCES },
        { "{fs}/" + new string('n', 256), Errno.ENAMETOOLONG },
        { "{fs}/" + new string('/', 4096) + "pin", Errno.ENAMETOOLONG },
    };

    public static TheoryData<string, Errno> Unlinks => new()
    {
        { "{fs}/pin", Errno.None },
        { "{fs}/topin", Errno.None },
        { "{fs}/none", Errno.ENOENT },
        { "{fs}/none/x", Errno.ENOENT },
        { "{fs}/dir", Errno.EISDIR },
        { "{fs}/pin/x", Errno.ENOTDIR },
        { "{fs}/pin/", Errno.ENOTDIR },
        { "{fs}/a.b", Errno.EPERM },
        { "{fs}/" + new string('n', 256), Errno.ENAMETOOLONG },
        { "", Errno.ENOENT },
    };

    [Theory]
    [MemberData(nameof(Pins))]
    public void Pin_answers(string path, Errno expected)
    {
        using Scene scene = new();
        using ObjectFile map = scene.Store.CreateMap();
        string[] before = scene.Everything();
        Assert.Equal(expected, scene.Store.Store.Bpffs.Pin(map, scene.Ours(path))?.Errno ?? Errno.None);
        if (expected != Errno.None)
            Assert.Equal(before, scene.Everything());
    }

    [Theory]
    [MemberData(nameof(Gets))]
    public void Get_answers(string path, Errno expected)
    {
        using Scene scene = new();
        Assert.Equal(expected, TemporaryStore.GetErrno(scene.Store.Store, scene.Ours(path)));
    }

    [Theory]
    [MemberData(nameof(Unlinks))]
    public void Unpin_answers(string path, Errno expected)
    {
        using Scene scene = new();
        Assert.Equal(expected, scene.Store.Store.Bpffs.Unpin(scene.Ours(path))?.Errno ?? Errno.None);
    }

    /// <summary>The tables above are the kernel's answers: this asks the kernel.</summary>
    [Fact]
    public void The_kernel_answers_the_same()
    {
        using KernelBpffs kernel = KernelBpffs.MountOrSkip();
        StringBuilder differences = new();
        foreach ((string operation, TheoryData<string, Errno> table) in new[] { ("pin", Pins), ("get", Gets), ("unlink", Unlinks) })
        {
            foreach (var row in table)
            {
                (string path, Errno expected) = row.Data;
                kernel.SetScene();
                Errno answer = kernel.Do(operation, path);
                if (answer != expected)
                    differences.AppendLine($"{operation} {(path.Length > 80 ? path[..40] + "…" : path)}: kernel {answer}, we {expected}");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private sealed class Scene : IDisposable
    {
        public Scene()
        {
            Directory.CreateDirectory(Outside);
            ObjectFile map = Store.CreateMap();
            Assert.Null(Store.Store.Bpffs.Pin(map, Store.Fs + "/pin"));
            map.Dispose();
            SetAround(Store.Fs, Outside);
        }

        public TemporaryStore Store { get; } = new();

        private string Outside => Store.Root + "/outside";

        public string Ours(string path) => path.Replace("{fs}", Store.Fs).Replace("{out}", Outside);

        public string[] Everything() => [.. Directory.EnumerateFileSystemEntries(Store.Root, "*", SearchOption.AllDirectories).Order()];

        public void Dispose() => Store.Dispose();
    }

    private static void SetAround(string fs, string outside)
    {
        Directory.CreateDirectory(fs + "/dir");
        File.CreateSymbolicLink(fs + "/topin", fs + "/pin");
        File.CreateSymbolicLink(fs + "/tolink", fs + "/dir");
        File.CreateSymbolicLink(fs + "/dangling", fs + "/nowhere");
        File.CreateSymbolicLink(fs + "/loop", fs + "/loop");
        File.CreateSymbolicLink(outside + "/tofs", fs);
        File.WriteAllText(outside + "/file", "no object, but longer than nothing");
        File.WriteAllText(outside + "/empty", string.Empty);
        using Process process = Process.Start("mkfifo", outside + "/fifo");
        process.WaitForExit();
    }

    private sealed unsafe partial class KernelBpffs : IDisposable
    {
        private readonly string _root = Directory.CreateTempSubdirectory("holdfast-bpffs-").FullName;
        private readonly int _map;

        private KernelBpffs()
        {
            Directory.CreateDirectory(_root + "/fs");
            MapCreateAttribute attribute = new() { MapType = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
            _map = Bpf(BpfCommand.MapCreate, &attribute, sizeof(MapCreateAttribute));
        }

        public static KernelBpffs MountOrSkip()
        {
            KernelBpffs kernel = new();
            string? reason = kernel._map < 0 ? $"bpf(BPF_MAP_CREATE) answers {(Errno)(-kernel._map)}" : null;
            if (reason is null && Mount("bpf", kernel._root + "/fs", "bpf", 0, 0) != 0)
                reason = $"mount -t bpf answers {(Errno)Marshal.GetLastPInvokeError()}";
            if (reason is not null)
            {
                Directory.Delete(kernel._root, recursive: true);
                Assert.Skip(reason);
            }

            return kernel;
        }

        public void SetScene()
        {
            foreach (string entry in Directory.GetFiles(_root + "/fs", "*", SearchOption.AllDirectories))
            {
                // maps.debug and progs.debug are the kernel's own.
                if (!entry.Contains(".debug", StringComparison.Ordinal))
                    File.Delete(entry);
            }

            foreach (string entry in Directory.GetDirectories(_root + "/fs"))
            {
                if (new DirectoryInfo(entry).LinkTarget is null)
                    Directory.Delete(entry, recursive: true);
                else
                    File.Delete(entry);
            }

            if (Directory.Exists(_root + "/outside"))
            {
                File.Delete(_root + "/outside/tofs");
                Directory.Delete(_root + "/outside", recursive: true);
            }

            Directory.CreateDirectory(_root + "/outside");
            Assert.Equal(Errno.None, Do("pin", "{fs}/pin"));
            SetAround(_root + "/fs", _root + "/outside");
        }

        public Errno Do(string operation, string path)
        {
            byte[] text = [.. Encoding.UTF8.GetBytes(path.Replace("{fs}", _root + "/fs").Replace("{out}", _root + "/outside")), 0];
            fixed (byte* name = text)
            {
                if (operation == "unlink")
                    return Unlink(name) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
                ObjectPathAttribute attribute = new() { Pathname = (ulong)name, BpfFd = operation == "pin" ? (uint)_map : 0 };
                int result = Bpf(operation == "pin" ? BpfCommand.ObjPin : BpfCommand.ObjGet, &attribute, sizeof(ObjectPathAttribute));
                if (result > 0)
                    _ = Close(result);
                return result < 0 ? (Errno)(-result) : Errno.None;
            }
        }

        public void Dispose()
        {
            _ = Unmount(_root + "/fs", 0);
            _ = Close(_map);
            Directory.Delete(_root, recursive: true);
        }

        private static int Bpf(BpfCommand command, void* attribute, int size)
        {
            int number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;
            long result = SystemCall(number, (long)command, (long)attribute, size);
            return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
        }

        [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
        private static partial long SystemCall(long number, long first, long second, long third);

        [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        private static partial int Mount(string source, string target, string type, nuint flags, nint data);

        [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        private static partial int Unmount(string target, int flags);

        [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
        private static partial int Unlink(byte* path);

        [LibraryImport("libc", EntryPoint = "close")]
        private static partial int Close(int descriptor);
    }
}
