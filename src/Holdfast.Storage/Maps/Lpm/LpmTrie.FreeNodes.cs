using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps.Lpm;

/// <content>The free nodes.</content>
public sealed unsafe partial class LpmTrie
{
    /// <summary>
    /// The free nodes as one operation changes them: nothing is stored until <see cref="Log"/>'s words are committed. Freed nodes
    /// rest in a first-in first-out queue, so that a program that still holds a pointer into one has time.
    /// </summary>
    private ref struct FreeNodes(LpmTrie trie)
    {
        private readonly LpmTrie _trie = trie;
        private uint _fresh = Math.Min(trie.Word(LpmLayout.FreshOffset), trie._capacity);
        private uint _head = trie.Word(LpmLayout.HeadOffset);
        private uint _tail = trie.Word(LpmLayout.TailOffset);
        private uint _queued = trie.Word(LpmLayout.QueuedOffset);

        /// <summary>Takes a node.</summary>
        /// <returns>ENOSPC: there are no more, or the file system is full.</returns>
        public Errno Take(out uint index)
        {
            bool rested = _queued > LpmLayout.Spares / 2 || _fresh == _trie._capacity;
            if (rested && _head - 1 < _fresh && _trie._chunks.IsReady(_trie._placement.OffsetOf(_head - 1), _trie._stride))
            {
                index = _head - 1;
                _head = _trie.Node(index)->Next;
                _queued--;
                return Errno.None;
            }

            index = _fresh;
            if (_fresh == _trie._capacity)
                return Errno.ENOSPC;
            Errno failure = _trie._chunks.Ensure(_trie._placement.OffsetOf(_fresh), _trie._stride);
            if (failure == Errno.None)
                _fresh++;
            return failure;
        }

        /// <summary>Gives a node back that no link leads to once the operation is done.</summary>
        public void Give(uint index)
        {
            _trie._log.Add(&_trie.Node(index)->Next, 0);
            if (_head == 0 || _tail - 1 >= _fresh)
                _head = index + 1;
            else
                _trie._log.Add(&_trie.Node(_tail - 1)->Next, index + 1);
            _tail = index + 1;
            _queued++;
        }

        /// <summary>Adds the queue's own words to the log.</summary>
        public readonly void Log()
        {
            _trie._log.Add(_trie.Data + LpmLayout.FreshOffset, _fresh);
            _trie._log.Add(_trie.Data + LpmLayout.HeadOffset, _head);
            _trie._log.Add(_trie.Data + LpmLayout.TailOffset, _tail);
            _trie._log.Add(_trie.Data + LpmLayout.QueuedOffset, _queued);
        }
    }
}
