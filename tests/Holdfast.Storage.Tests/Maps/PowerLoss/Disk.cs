namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>
/// What a device may hold of a file: each page as the last completed write-back left it, or as it was at any moment seen since. A page's later
/// states may be there while another's aren't.
/// </summary>
internal sealed class Disk(string path)
{
    private const int Page = 4096;

    private readonly List<List<byte[]>> _pages = [];

    /// <summary>All dirty pages reach the device, as they are now.</summary>
    public void WriteBack()
    {
        Look();
        foreach (List<byte[]> versions in _pages)
            versions.RemoveRange(0, versions.Count - 1);
    }

    /// <summary>Notes what pages are like now: each may be written at this moment.</summary>
    public void Look()
    {
        // Not through the product's own calls, which tests intercept.
        byte[] now = Read();
        for (int page = 0; page * Page < now.Length; page++)
        {
            ReadOnlySpan<byte> bytes = now.AsSpan(page * Page, Math.Min(Page, now.Length - (page * Page)));
            if (page == _pages.Count)
                _pages.Add([new byte[Page]]);
            if (!_pages[page][^1].AsSpan(0, bytes.Length).SequenceEqual(bytes))
                _pages[page].Add(Padded(bytes));
        }
    }

    /// <summary>The file as a power loss may leave it. The first page is given the boot id of another boot.</summary>
    public byte[] AfterPowerLoss(Random random) => Image(versions => versions[random.Next(versions.Count)]);

    /// <summary>The file with every page as seen last: an orderly restart, or a power loss long after the last write.</summary>
    public byte[] AfterRestart() => Image(versions => versions[^1]);

    /// <summary>The file with the pages of a range as the device had them at the last write-back, all others as seen last.</summary>
    public byte[] Without(long from, long length)
    {
        int page = 0;
        return Image(versions =>
        {
            long at = (long)page++ * Page;
            return at + Page > from && at < from + length ? versions[0] : versions[^1];
        });
    }

    /// <summary>Puts an image in the file's place: from here on it is what the device holds.</summary>
    public void Replace(byte[] image)
    {
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.Write(image);
        _pages.Clear();
        Look();
        WriteBack();
    }

    private byte[] Image(Func<List<byte[]>, byte[]> choose)
    {
        byte[] image = new byte[_pages.Count * Page];
        for (int page = 0; page < _pages.Count; page++)
            choose(_pages[page]).CopyTo(image, page * Page);
        return image;
    }

    private byte[] Read()
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Padded(ReadOnlySpan<byte> bytes)
    {
        byte[] page = new byte[Page];
        bytes.CopyTo(page);
        return page;
    }
}
