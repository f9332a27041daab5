using System.Buffers;
using System.Buffers.Binary;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Memory;

/// <summary>Streams a directory's entries without loading it whole; <c>.</c> and <c>..</c> are left out.</summary>
/// <remarks>A name is valid until the next <see cref="MoveNext"/>.</remarks>
internal sealed class DirectoryReader : IDisposable
{
    /// <summary><see cref="Type"/> of a directory (<c>DT_DIR</c>).</summary>
    internal const byte DirectoryType = 4;

    private const int BufferLength = 32 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _descriptor;
    private int _next;
    private int _end;
    private int _nameStart;
    private int _nameEnd;

    private DirectoryReader(int descriptor) => _descriptor = descriptor;

    /// <summary>What stopped the enumeration early; <see cref="Errno.None"/> at a proper end.</summary>
    internal Errno Error { get; private set; }

    /// <summary>The entry's name, with its terminating zero byte.</summary>
    internal ReadOnlySpan<byte> TerminatedName => _buffer.AsSpan(_nameStart, _nameEnd - _nameStart + 1);

    /// <summary>The entry's name.</summary>
    internal ReadOnlySpan<byte> Name => _buffer.AsSpan(_nameStart, _nameEnd - _nameStart);

    /// <summary>The entry's kind as <c>d_type</c> tells: 4 directory, 8 regular file, 10 symbolic link, 0 unknown.</summary>
    internal byte Type { get; private set; }

    /// <summary>Where reading goes on after this entry; a later reader of the same directory can start there.</summary>
    internal long Position { get; private set; }

    /// <summary>The directory's own descriptor.</summary>
    internal int Descriptor => _descriptor;

    /// <summary>Opens a directory below another.</summary>
    internal static Errno TryOpen(int directory, ReadOnlySpan<byte> path, out DirectoryReader? reader, bool follow = false)
    {
        int flags = Tmds.Linux.LibC.O_RDONLY | Tmds.Linux.LibC.O_DIRECTORY | (follow ? 0 : Tmds.Linux.LibC.O_NOFOLLOW);
        int descriptor = Posix.OpenAt(directory, path, flags);
        reader = descriptor < 0 ? null : new DirectoryReader(descriptor);
        return descriptor < 0 ? (Errno)(-descriptor) : Errno.None;
    }

    /// <summary>Continues at a <see cref="Position"/>.</summary>
    internal void Seek(long position)
    {
        if (Posix.Seek(_descriptor, position) < 0)
            _ = Posix.Seek(_descriptor, 0);
        _next = _end = 0;
    }

    /// <summary>Goes to the next entry.</summary>
    internal bool MoveNext()
    {
        while (true)
        {
            if (_next >= _end && !Fill())
                return false;
            ReadOnlySpan<byte> record = _buffer.AsSpan(_next, _end - _next);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(record[16..]);
            Position = BinaryPrimitives.ReadInt64LittleEndian(record[8..]);
            Type = record[18];
            _nameStart = _next + 19;
            _nameEnd = _nameStart + record[19..length].IndexOf((byte)0);
            _next += length;
            if (Name is not ([(byte)'.'] or [(byte)'.', (byte)'.']))
                return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_descriptor < 0)
            return;
        _ = Posix.Close(_descriptor);
        _descriptor = -1;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _next = _end = _nameStart = _nameEnd = 0;
    }

    private bool Fill()
    {
        int count = Posix.ReadDirectory(_descriptor, _buffer);
        _next = 0;
        _end = Math.Max(count, 0);
        if (count < 0)
            Error = (Errno)(-count);
        return count > 0;
    }
}
