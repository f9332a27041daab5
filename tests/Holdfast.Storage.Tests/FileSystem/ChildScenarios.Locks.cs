using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Updaters with BPF_F_LOCK, to be killed.</content>
public static partial class ChildScenarios
{
    /// <summary>store, pin, seed: updates and reads with BPF_F_LOCK until killed.</summary>
    public static void LockedUpdater(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        Random random = new(int.Parse(arguments[2], CultureInfo.InvariantCulture));
        byte[] value = new byte[ValueLockTests.ValueSize];
        for (long round = 0; ; round++)
        {
            Child.EndIfOrphaned();
            uint key = (uint)random.Next(ValueLockTests.Keys);
            ValueLockTests.Fill(value, key, (ulong)random.NextInt64());
            int result = map.Shared.Update(SelfVerifying.Key(key), value, round % 64 == 63 ? UpdateFlags.Any : UpdateFlags.Lock);
            if (result != 0)
                throw new InvalidOperationException($"update: {(Errno)(-result)}");
            ValueLockTests.CheckWhole(map.Shared, (uint)random.Next(ValueLockTests.Keys), value);
            if (round == 100)
                Console.WriteLine("ready");
        }
    }
}
